"""Takes e-mail for tests: one line of JSON a letter: whom it is for, its dedupe key, its id and its text."""

import asyncio
import email
import json
import signal
import sys

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, path):
        self.kept = open(path, "a", encoding="utf-8")

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content)
        refused = envelope.rcpt_tos[0].startswith("refused")
        if refused:
            return "550 no such mailbox"
        text = letter.get_payload(decode=True).decode(letter.get_content_charset("utf-8"))
        line = [envelope.rcpt_tos[0], letter["X-Termbook-Dedupe"], letter["Message-ID"], text]
        self.kept.write(json.dumps(line) + "\n")
        self.kept.flush()
        return "250 taken"


async def main(port, path):
    keeper = Keeper(path)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper), "127.0.0.1", port)
    print("ready to take e-mail", file=sys.stderr, flush=True)
    await server.serve_forever()


# A shell starts what runs beside it deaf to SIGINT, by which it is told to end.
signal.signal(signal.SIGINT, signal.SIG_DFL)
asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
