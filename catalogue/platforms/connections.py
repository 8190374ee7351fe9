"""Connections that a stranger's address cannot abuse: where they go, how long, how much.

A record may name any page. What is checked is the address a socket is about to connect to,
after the name was resolved and for every redirect alike, so neither a redirect nor a name
that changes its mind reaches the inside of our network. Answers end at a number of bytes
and at a deadline, however slowly they drip.
"""

import http.client
import io
import ipaddress
import socket
import time
import urllib.parse
import zlib
from typing import Any

from catalogue.records.said import said

# Some watch pages are over 2 MB; nothing a video says of itself needs more than this.
MAX_ANSWER_BYTES = 20_000_000

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefusedError(OSError):
    """The address is on this machine, in a private network, or nobody's."""


class AnswerTooLargeError(OSError):
    """The answer is larger than any page about a video."""


class Limits:
    """What one look may do, and what was refused to it meanwhile."""

    def __init__(self, *, seconds: float, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.renew(seconds=seconds)

    def renew(self, *, seconds: float, max_bytes: int = MAX_ANSWER_BYTES) -> None:
        """Begin anew, for the next thing that is asked for."""
        self.deadline = time.monotonic() + seconds
        self.left_bytes = max_bytes
        self.refused = ""

    def check_address(self, address: str) -> None:
        """Raise AddressRefusedError unless this IP address may be connected to."""
        if self.allow_private or is_public(address):
            return
        self.refused = address
        raise AddressRefusedError(said("{address} is not a public address", address=address))

    def left_seconds(self) -> float:
        """Return how long the look may still take; raises TimeoutError at its end."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(said("the answer took too long"))
        return left

    def take_bytes(self, count: int) -> None:
        """Count bytes that came in; raises AnswerTooLargeError."""
        self.left_bytes -= count
        if self.left_bytes < 0:
            raise AnswerTooLargeError(said("the answer is too large"))


def is_web(url: str) -> bool:
    """Tell whether an address is one of the web: other words are yt-dlp's own, or nothing."""
    try:
        return urllib.parse.urlsplit(url).scheme.lower() in {"http", "https"}
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet.

    Addresses that carry an IPv4 address inside (mapped, 6to4, NAT64) are judged by that.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(found.is_global and not found.is_multicast for found in (ip, *_carried(ip)))


def _carried(ip: IPAddress) -> list[IPAddress]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    carried = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        carried.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [found for found in carried if found is not None]


def open_socket(
    address: tuple[str, int], timeout: float | None, *, limits: Limits
) -> socket.socket:
    """Connect to the first address of a host that may be connected to and answers."""
    host, port = address
    problem: OSError | None = None
    for family, kind, protocol, _name, place in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        connection = socket.socket(family, kind, protocol)
        try:
            limits.check_address(str(place[0]))
            connection.settimeout(min(timeout or limits.left_seconds(), limits.left_seconds()))
            connection.connect(place)
        except OSError as error:
            problem = error
            connection.close()
        else:
            return connection
    raise problem or OSError(said("{host} has no address", host=host))


class _MeteredSocket(io.RawIOBase):
    """The reading side of a socket, within the limits of its look."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, limits: Limits) -> None:
        super().__init__()
        self._raw, self._connection, self._limits = raw, connection, limits
        self._timeout = connection.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._limits.left_seconds()
        self._connection.settimeout(min(left, self._timeout or left))
        count: int | None = self._raw.readinto(buffer)
        self._limits.take_bytes(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _MeteredReader(io.BufferedReader):
    """Makes room for no more than may still come, whatever length an answer claims."""

    def __init__(self, raw: _MeteredSocket, limits: Limits) -> None:
        super().__init__(raw)
        self._limits = limits

    def read(self, size: int | None = -1, /) -> bytes:
        # One byte more than is left, besides what was counted already, so that the limit is met.
        most = max(self._limits.left_bytes, 0) + io.DEFAULT_BUFFER_SIZE + 1
        return super().read(size if size is None or size < 0 else min(size, most))


class _Answer(http.client.HTTPResponse):
    limits: Limits

    def __init__(self, sock: socket.socket, *arguments: Any, **keywords: Any) -> None:
        super().__init__(sock, *arguments, **keywords)
        self.fp = _MeteredReader(_MeteredSocket(self.fp.detach(), sock, self.limits), self.limits)


def inflate(data: bytes, window: int, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
    """Unpack an answer, as zlib's `wbits` say. Raises AnswerTooLargeError and zlib.error."""
    unpacker = zlib.decompressobj(window)
    unpacked = unpacker.decompress(data, max_bytes)
    if unpacker.unconsumed_tail:
        raise AnswerTooLargeError(said("the answer is too large when it is unpacked"))
    return unpacked


def connection_class(
    parent: type[http.client.HTTPConnection], limits: Limits
) -> type[http.client.HTTPConnection]:
    """Return a class of HTTP or HTTPS connections that keeps to the limits."""

    def connect(
        address: tuple[str, int], timeout: float | None = None, source_address: object = None
    ) -> socket.socket:
        del source_address
        return open_socket(address, timeout, limits=limits)

    class Answer(_Answer):
        pass

    Answer.limits = limits

    class Connection(parent):  # type: ignore[misc,valid-type]
        response_class = Answer

        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(*arguments, **keywords)
            self._create_connection = connect

    return Connection
