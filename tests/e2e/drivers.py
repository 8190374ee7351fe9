"""How somebody uses a page: by a pointer, or by keys alone. Without scripts, either of them.

A journey says what is done; a driver does it. `press`, `write`, `tick` and `choose` take what a
test finds a control by, so that a journey reads the same whoever goes on it.
"""

from playwright.sync_api import Locator, Page, expect

# More controls than any page has.
_TABS_MAX = 400


class Pointer:
    """A mouse, or a finger."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        """Follow a link or push a button."""
        control.click()

    def write(self, field: Locator, text: str) -> None:
        """Put a text into a field, in place of what is there."""
        field.fill(text)

    def tick(self, option: Locator) -> None:
        """Choose a radio button or a check box."""
        option.check()

    def choose(self, field: Locator, label: str) -> None:
        """Choose from a list."""
        field.select_option(label=label)

    def send(self, control: Locator) -> None:
        """Send a form by its button."""
        self.press(control)

    def select_lines(self, first: Locator, last: Locator) -> None:
        """Select from the beginning of one line of text to the end of another."""
        first.scroll_into_view_if_needed()
        begin, end = first.bounding_box(), last.bounding_box()
        assert begin
        assert end
        self.page.mouse.move(begin["x"] + 1, begin["y"] + 8)
        self.page.mouse.down()
        self.page.mouse.move(end["x"] + end["width"] - 2, end["y"] + end["height"] - 4, steps=6)
        self.page.mouse.up()


class Keys:
    """A keyboard and nothing else: what Tab does not reach, or Enter not do, cannot be done."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, control: Locator) -> None:
        """Go to a control with Tab alone."""
        expect(control).to_be_visible()
        for _step in range(_TABS_MAX):
            if control.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {control}.")

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def tick(self, option: Locator) -> None:
        """Of radio buttons Tab reaches one; arrows lead on from there."""
        if option.get_attribute("type") == "radio":
            name = option.get_attribute("name")
            self._reach_group(str(name))
            for _step in range(20):
                if option.is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
            raise AssertionError(f"Arrows do not reach {option}.")
        self.reach(option)
        self.page.keyboard.press("Space")
        expect(option).to_be_checked()

    def _reach_group(self, name: str) -> None:
        for _step in range(_TABS_MAX):
            if self.page.evaluate("document.activeElement.name") == name:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach the radio buttons {name}.")

    def choose(self, field: Locator, label: str) -> None:
        self.reach(field)
        self.page.keyboard.type(label)
        expect(field.locator("option:checked")).to_have_text(label)

    def send(self, control: Locator) -> None:
        self.press(control)
