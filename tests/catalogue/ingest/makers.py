"""Made-up files for the tests of ingest."""


def front_matter(number: int) -> bytes:
    """Return the record of a film of its own, with one of five channels and eight tags."""
    return (
        f'---\ntitle: "Film {number}"\nvid_id: "film-{number:06}"\n'
        f'tags: ["tag {number % 3}","also {number % 5}"]\nchannel: "Channel {number % 5}"\n'
        'date: "2022-02-01T13:20:51+03:00"\nviewcount: "12"\n---\nText.\n'
    ).encode()
