"""`script/words update | check | lint | add LANGUAGE`: for who writes or translates."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from config.words import catalogues, extracting, linting

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = ROOT / "locale"


def main(arguments: list[str]) -> int:
    """Run one command; return its exit code: 1 if there is something to mend."""
    parser = argparse.ArgumentParser(prog="script/words", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update", help="write all catalogues anew, with the translations they had")
    commands.add_parser("lint", help="find words that cannot be translated, in templates and code")
    add = commands.add_parser("add", help="begin the catalogue of a language")
    add.add_argument("language")
    check = commands.add_parser("check", help="find what is missing or wrong in translations")
    check.add_argument("languages", nargs="*", help="all, if none is named")
    asked = parser.parse_args(arguments)
    if asked.command == "lint":
        return _tell(linting.findings(ROOT))
    words = extracting.found_in(ROOT)
    if asked.command == "check":
        return _tell(
            f"{language}: {complaint}"
            for language in asked.languages or catalogues.languages(LOCALE)
            for complaint in catalogues.complaints(
                catalogues.read(catalogues.path_of(LOCALE, language)), words
            )
        )
    known = catalogues.languages(LOCALE)
    for language in [asked.language] if asked.command == "add" else known:
        catalogues.update(LOCALE, language, words)
    return 0


def _tell(lines: Iterable[str]) -> int:
    """Print lines; return 1 if there are any."""
    found = list(lines)
    sys.stdout.writelines(f"{line}\n" for line in found)
    if found:
        sys.stderr.write(f"{len(found)} to mend.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
