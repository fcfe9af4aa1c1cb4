"""A mail server for tests: aiosmtpd with STARTTLS on one port and TLS on another, and a login for both.

Each mail that it takes is a line of JSON on its standard output, as Python's own parser understands it.
Arguments: directory with server.pem and server.key, port with STARTTLS, port with TLS.
"""

import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

directory, starttls, implicit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 recipient ok"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if "spam" in mail["Subject"]:
            return "554 5.7.1 looks like spam"
        parts = list(mail.walk())
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None,
            "login": session.auth_data,
            "headers": [[name, str(value)] for name, value in mail.items()],
            "text": mail.get_body(("plain",)).get_content(),
            "html": mail.get_body(("html",)).get_content(),
            "parts": [part.get_content_type() for part in parts],
            "defects": [str(defect) for part in parts for defect in part.defects]
            + [str(defect) for value in mail.values() for defect in value.defects],
            "longest": max(len(line) for line in envelope.content.split(b"\r\n")),
        }
        print(json.dumps(told), flush=True)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"moorwatch" and data.password == "s3cret pässword".encode()
    return AuthResult(success=good, auth_data=data.login.decode(), handled=False)


def start(port, **tls):
    Controller(
        Handler(),
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_required=True,
        **tls,
    ).start()


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(f"{directory}/server.pem", f"{directory}/server.key")
start(starttls, tls_context=context, require_starttls=True)
# There the connection is encrypted from its start, which aiosmtpd does not see.
start(implicit, ssl_context=context, auth_require_tls=False)
print("ready", flush=True)
sys.stdin.read()
