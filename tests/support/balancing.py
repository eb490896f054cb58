"""Clients behind a load balancer: each request goes to the next gateway, and to another one if that is away."""

from itertools import count

import httpx2

_REPEATABLE = frozenset({"GET", "HEAD"})
_AWAY = (httpx2.ConnectError, httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


class Balanced(httpx2.AsyncBaseTransport):
    """As a load balancer does, it sends again what has one effect however often it is sent, and nothing else.

    ``failed`` has what callers got: answers of 500 and above, and connections that ended without an answer.
    """

    def __init__(self, urls: list[str]) -> None:
        self._gateways = [httpx2.URL(url) for url in urls]
        self._http = httpx2.AsyncHTTPTransport()
        self._turn = count()
        self.answered = 0
        self.sent_again = 0
        self.failed: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it to one of the gateways."""
        turn = next(self._turn)
        for attempt in range(len(self._gateways)):
            gateway = self._gateways[(turn + attempt) % len(self._gateways)]
            request.url = request.url.copy_with(host=gateway.host, port=gateway.port)
            try:
                response = await self._http.handle_async_request(request)
            except _AWAY as error:
                if attempt + 1 == len(self._gateways) or not _may_be_sent_again(request, error):
                    self.failed.append(f"{request.method} {request.url.path}: {error!r}")
                    raise
                self.sent_again += 1
                continue
            self.answered += 1
            if response.status_code >= 500:
                self.failed.append(f"{request.method} {request.url.path}: {response.status_code}")
            return response
        raise AssertionError("there is no gateway")

    async def aclose(self) -> None:
        """Nothing: all parties share the connections."""

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _may_be_sent_again(request: httpx2.Request, error: Exception) -> bool:
    if isinstance(error, httpx2.ConnectError):
        return True
    return request.method in _REPEATABLE or "Idempotency-Key" in request.headers
