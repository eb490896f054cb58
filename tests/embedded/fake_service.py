"""A stand-in for a service: answers /readyz on the port of its environment, with ways to misbehave."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"pid": os.getpid(), "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(service: str, arguments: list[str]) -> None:
    if arguments[:1] != ["serve"]:
        print(
            json.dumps({"arguments": arguments, "url": os.environ[f"JOUST_{service.upper()}_DATABASE_URL"]})
        )
        return
    if "crash" in arguments:
        print("the reason of the crash", flush=True)
        sys.exit(3)
    if "stubborn" in arguments:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    port = int(os.environ[f"JOUST_{service.upper()}_PORT"])
    print("serving", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
