"""The OpenAPI document: nobody waits for its making but who asked for it, and it is made once."""

import asyncio
import threading
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from joust_kit.http.document import install_document


class SlowApp(FastAPI):
    """Describes itself only once ``released``; fails if that takes for ever."""

    def __init__(self) -> None:
        super().__init__(openapi_url=None)
        self.asked = threading.Event()
        self.released = threading.Event()
        self.times_made = 0
        install_document(self)
        self.add_api_route("/livez", self._livez)

    async def _livez(self) -> str:
        return "ok"

    def openapi(self) -> dict[str, Any]:
        self.times_made += 1
        self.asked.set()
        if not self.released.wait(timeout=10):
            raise TimeoutError("nothing was answered meanwhile")
        return {"openapi": "3.1.0", "info": {"title": "Größe"}}


@pytest.fixture
def app() -> SlowApp:
    return SlowApp()


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service")


async def test_others_are_answered_while_the_document_is_made_for_the_first_who_ask(app: SlowApp) -> None:
    async with client_of(app) as http, asyncio.TaskGroup() as group:
        readers = [group.create_task(http.get("/openapi.json")) for _ in range(3)]
        await asyncio.to_thread(app.asked.wait, 10)
        assert (await http.get("/livez")).json() == "ok"
        app.released.set()
    assert [reader.result().json()["info"] for reader in readers] == [{"title": "Größe"}] * 3
    assert app.times_made == 1


async def test_who_has_the_document_is_told_that_it_is_the_same(app: SlowApp) -> None:
    app.released.set()
    async with client_of(app) as http:
        first = await http.get("/openapi.json")
        etag = first.headers["ETag"]
        for known in (etag, f'"other", W/{etag}', "*"):
            again = await http.get("/openapi.json", headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        for unknown in ('"other"', etag.strip('"'), ""):
            again = await http.get("/openapi.json", headers={"If-None-Match": unknown})
            assert (again.status_code, again.content) == (200, first.content)


async def test_a_making_that_failed_is_tried_again(app: SlowApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app.released.set()
    async with client_of(app) as http:
        with monkeypatch.context() as broken:
            broken.setattr(app, "openapi", lambda: {}["nothing"])
            with pytest.raises(KeyError):
                await http.get("/openapi.json")
        assert (await http.get("/openapi.json")).status_code == 200
