import { isFile } from './generalise-files.ts';

/** Between the arguments of a command that is looked at as one text. Of the private use area: what has it itself is not generalised. */
export const between = '\ue000';

/** What a command is about, by its words: those of its arguments, of a script among them, and of what it wraps. */
export interface Rights {
  /** It gives rights, or takes on those of others: modes, owners, users, capabilities and processes are among its words. */
  readonly gives: boolean;
  /** It has a script for a shell or an interpreter, which may do anything under other names. */
  readonly script: boolean;
  /** It reaches hosts: a single word may be one, a number may be an address. */
  readonly reaches: boolean;
  /** It decodes what it is given, which may be another command. */
  readonly decodes: boolean;
}

/** Alternatives, separated by blanks. */
const oneOf = (words: string): string => `(?:${words.trim().split(/\s+/).join('|')})`;
const word = (words: string): RegExp => new RegExp(`(?<![\\w-])${oneOf(words)}(?![\\w-])`, 'i');

const giving = word(
  'su sudo sudoedit doas gosu su-exec run0 runuser pkexec setpriv capsh nsenter unshare chroot switch_root pivot_root setuidgid s6-setuidgid ' +
    's6-applyuidgid chpst start-stop-daemon systemd-run bwrap firejail newuidmap newgidmap newgrp sg install mknod useradd usermod userdel adduser ' +
    'deluser addgroup delgroup groupadd groupmod groupdel gpasswd passwd chpasswd shadow sudoers visudo vipw umask uid_map gid_map setgroups ' +
    'initgroups iptables ip6tables nft sysctl mount umount losetup insmod modprobe rmmod set_user_tags set_permissions',
);
/** Also as a part of another word, as `os.fchmodat` and `NSS_setresuid` are. */
const givingParts =
  /ch(?:mod|own|grp|attr|con)(?![a-z])|f?chmodat|f?chownat|setf?acl|setf?attr|[sg]etcap|capset|prctl|mknod|setns|(?<![a-z])(?:c_)?set(?:e|re|res|fs)?[ug]id/i;
const shell = word(
  '(?:ba|da|z|k|mk|c|tc|fi)?sh ash busybox toybox eval python[\\d.]* perl ruby node nodejs deno bun php lua[\\d.]* tclsh awk gawk mawk',
);
const scripted =
  /[\s\ue000"']-\w{0,8}[cer](?![\w-])|[\s\ue000"']--?(?:command|eval|run|print)(?![\w-])|\|\s*\w{0,3}sh\b/;
const reaching = word(
  'curl wget ping6? n?cat nc netcat socat telnet ssh scp sftp rsync l?ftp tftp dig nslookup drill getent traceroute6? tracepath mtr nmap masscan ' +
    's_client aria2c lynx w3m elinks smbclient rclone mosh wscat websocat grpcurl iperf3? hping3? arping fping ldapsearch snmpwalk ' +
    'proxychains4? chisel frpc ngrok ncrack hydra',
);
/** Programs with the option that makes them decode, and functions of the usual languages. */
const decoding = new RegExp(
  [
    String.raw`(?<![\w-])(?:base(?:32|64|nc)|openssl)(?![\w-])[^|;]{0,200}[\s\ue000"']-{1,2}(?:[a-z]{0,2}d|decode)(?![\w-])`,
    String.raw`(?<![\w-])(?:xxd[\s\ue000"'][^|;]{0,100}?-{1,2}[a-z]{0,3}r|uudecode)`,
    String.raw`(?:b(?:16|32|64|85)|a85|base64_?|base64\.|strict_|urlsafe_)decode|decode(?:64|string|bytes)|frombase64|unhexlify|fromhex|hex2bin|convert_uudecode`,
    String.raw`(?<!\w)(?:atob|unpack|pack)\s?\(|Buffer\.from`,
    String.raw`(?<![\w-])(?:pwsh|powershell)(?:\.exe)?(?![\w-])[^]{0,200}[\s\ue000"']-e(?:c|nc\w{0,16})?[\s\ue000"']`,
  ].join('|'),
  'i',
);
/** A word of every day as well: only as a command. */
const hostCommand = /(?<=(?:^|[/\ue000;|&("'])\s?)host[\s\ue000]/;

/** What options and settings are called that are given a right, a user, or a host. */
const about = oneOf(
  '(?:re|r|e|s|fs|ch|set)?[ug]id user username owner groups? mode perm umask chmod chown caps? capabilit(?:y|ies) userspec map-(?:users?|groups?) ' +
    'runas(?:user|group) host hostname servers? addr address(?:es)? peers? proxy endpoints? remote gateway dns nameservers? connect',
);
const gap = String.raw`["']?[=\s\ue000]{1,4}["'#]{0,2}`;
const value = String.raw`[^\s\ue000"'/;|&]{1,255}`;
/** What an option or a setting of such a name is given, in this argument or the next one. */
const named = new RegExp(
  `(${[
    String.raw`(?<![\w-])--?(?:[a-z\d_-]{0,32}[_-])?${about}(?:[_-]?id)?${gap}`,
    String.raw`(?<![a-z\d])${about}(?:[_-]?id)?["']?\s?[=:(]{1,2}\s?["']?`,
    // A property of Java: the words of its name are not set apart.
    String.raw`(?<![\w-])-D[\w.]{0,64}${about}=`,
    String.raw`(?<![\w-])-[ugmh]${gap}`,
  ].join('|')})(?!--?[a-z])(${value})`,
  'gi',
);

/** An option whose value is a right or a host, or what such an option is given begins with. */
const optionOf = new RegExp(`^--?(?:[a-z\\d_-]{0,32}[_-])?${about}(?:[_-]?id)?=?$|^-[ugmh]$`, 'i');

/** A word that stands by itself, in whatever a script or a setting puts around it, and in no path; not hours, minutes and seconds. */
const words = /(?<![\w.+~%/-])(?!\d\d:\d\d|(?<=\d\d:)\d\d(?![\w.+~%/-]))[\w.+~%-]{1,40}(?![\w.+~%/-])/g;
/** The same between blanks, quotes and what a shell reads alone; a port or a path may follow. */
const operands = /(?<![^\s\ue000"'();|&@])[\w.-]{1,63}(?![^\s\ue000"'();|&:/])/g;
const longestName = 32;
/** Never a mode, a user or a host. */
const ownForms = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$|^(?:19|20)\d\d-\d\d-\d\d(?:$|[T_.])/i;
/** Modes, users and capabilities: fewer digits than a date or a time in seconds has. */
const smallNumber = /^[-+]?(?:0[xob])?\d{1,7}$/;

/** What a command is about, told by all of its texts. */
export function rightsOf(command: readonly string[]): Rights {
  const line = command.join(between);
  return {
    gives: giving.test(line) || givingParts.test(line),
    script: shell.test(line) && scripted.test(line),
    reaches: reaching.test(line) || hostCommand.test(line),
    decodes: decoding.test(line),
  };
}

/** The text with its rights, owners and hosts hidden as far as they are words and not known by their place. */
export function keepsRights(line: string, { gives, script, reaches }: Rights, hide: (text: string) => string): string {
  const unlessFile = (text: string): string =>
    text.length > longestName || ownForms.test(text) || isFile(text, reaches) ? text : hide(text);
  const kept = line.replace(named, (_match, name: string, text: string) => `${name}${text.replace(words, unlessFile)}`);
  const given = gives ? kept.replace(words, unlessFile) : kept;
  const ran = script && !gives ? given.replace(words, (text) => (smallNumber.test(text) ? hide(text) : text)) : given;
  return reaches ? ran.replace(operands, unlessFile) : ran;
}

/** Whether an option, with its `=` if it has one, is given a right or a host. */
export const isNamed = (option: string): boolean => optionOf.test(option);
