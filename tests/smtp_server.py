"""A mail server on loopback that speaks SMTP, keeps what it is handed, and refuses when told to."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Postbox:
    """What came in, and who is refused: address to code."""

    port: int = 0
    letters: list[tuple[str, Message]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def recipients(self) -> list[str]:
        """Return who was written to, in order."""
        return [to for to, _letter in self.letters]


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Postbox = self.server.box  # type: ignore[attr-defined]
        to = ""
        self._say("220 loopback")
        while line := self.rfile.readline():
            word, _space, rest = line.decode().strip().partition(" ")
            match word.upper():
                case "EHLO" | "HELO" | "MAIL" | "RSET" | "NOOP":
                    self._say("250 fine")
                case "RCPT":
                    to = rest.partition("<")[2].partition(">")[0]
                    code = box.refused.get(to)
                    self._say(f"{code} no" if code else "250 fine")
                case "DATA":
                    self._say("354 go on")
                    box.letters.append((to, message_from_bytes(self._read_letter())))
                    self._say("250 kept")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("500 what?")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _read_letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: Postbox


@contextlib.contextmanager
def running() -> Iterator[Postbox]:
    """Run a mail server for a while."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.box = Postbox(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.box
        finally:
            server.shutdown()
            thread.join()
