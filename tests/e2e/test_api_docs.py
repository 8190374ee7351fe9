"""The reader of the REST interface, under the site's own content security policy."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Visit


def test_the_reader_shows_the_interface_and_tries_it_out(visit: Callable[..., Visit]):
    page = visit().open("/api/v1/docs/")
    operation = page.locator("#operations-Videos-videos_list")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_have_text("200")
