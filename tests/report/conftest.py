"""The databases of the store, for exports of what they hold."""

from tests.store.conftest import server, url

__all__ = ["server", "url"]
