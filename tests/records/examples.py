"""Records to test with: files beside this one, and small ones put together on the spot."""

from pathlib import Path

from catalogue import records
from catalogue.records import RecordError, VideoRecord

FIXTURES = Path(__file__).parent / "fixtures"


def read_fixture(name: str) -> VideoRecord:
    return records.parse(name, (FIXTURES / name).read_bytes())


def make_content(*lines: str, body: str = "", title: str = 'title: "A film"') -> bytes:
    """Return front matter with a title, an id and more lines of header."""
    head = [title, 'vid_id: "Sample00001"', *lines]
    return "\n".join(["---", *head, "---", body]).encode()


def parse_lines(*lines: str, body: str = "") -> VideoRecord:
    return records.parse("film.md", make_content(*lines, body=body))


def refusal(content: bytes) -> RecordError:
    """Return why content is refused; fail if it is not."""
    try:
        record = records.parse("film.md", content)
    except RecordError as error:
        return error
    raise AssertionError(f"accepted as {record}")


def refusal_of(*lines: str, body: str = "") -> RecordError:
    return refusal(make_content(*lines, body=body))
