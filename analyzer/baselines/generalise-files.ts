/** Endings of the names of files under which there are no domains. What is neither here nor below is taken for a host. */
const files = endings(
  'gz tgz bz2 tbz xz txz zst zstd lz4 tar rar 7z deb rpm apk jar war whl egg log txt json jsonl ndjson yaml yml xml csv tsv sql dump bak backup old ' +
    'orig tmp temp swp lock pid conf cfg ini env toml properties js mjs cjs ts tsx jsx css scss html htm php rb go cpp hpp cxx class pyc pem crt cer ' +
    'key csr der jks sock service socket scope slice timer mount swap sqlite sqlite3 wal rdb aof dat bin img iso qcow2 vmdk png jpg jpeg gif svg ' +
    'webp bmp tiff ico mp3 mp4 mkv avi wav webm ogg flac pdf doc docx xls xlsx ppt pptx odt parquet avro orc pkl npy npz onnx ckpt safetensors ' +
    'tmpl tpl map part partial out err trace prof pprof hprof core diff patch sum sig asc gpg sha1 sha256 md5 ko dll exe msi vtt srt m3u8 xsd wsdl ' +
    'proto lua bat jsp asp aspx war ear crdownload done failed state cache idx index manifest',
);
/** Endings that are both: a script or an archive, and a domain. */
const both = endings('zip mov sh py pl rs md so ps pt cc mm mk');

function endings(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** Whether what may be the name of a host is that of a file. One that is both is a host where the command reaches hosts. */
export function isFile(name: string, reaches: boolean): boolean {
  const dot = name.lastIndexOf('.');
  const ending = name.slice(dot + 1).toLowerCase();
  return dot >= 0 && (files.has(ending) || (!reaches && both.has(ending)));
}
