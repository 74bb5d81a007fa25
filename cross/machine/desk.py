"""A client of the API of a kiosk's front desk."""

import http.client
import json
import re
import time


class DeskError(Exception):
    """The page refused a request or did not answer."""


class Desk:
    """The owner's session."""

    def __init__(self, port, password, patience):
        """Logs in as soon as the page answers, waiting at most `patience` seconds."""
        self._port = port
        self._headers = {}
        deadline = time.monotonic() + patience
        while True:
            try:
                return self._log_in(password)
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > deadline:
                    raise DeskError(f"the page does not answer: {error}") from None
                time.sleep(0.2)

    def get(self, path):
        """Returns the JSON at a path below /api/v1/."""
        return json.loads(self.file(path))

    def post(self, path, body=None):
        """Posts a JSON body and returns the answer."""
        return json.loads(self._ask("POST", f"/api/v1/{path}", body)[0] or "null")

    def file(self, path):
        """Returns the bytes at a path below /api/v1/."""
        return self._ask("GET", f"/api/v1/{path}")[0]

    def counter(self, name):
        """Returns a counter of the kiosk's metrics."""
        metrics = self._ask("GET", "/metrics")[0].decode()
        return int(re.search(f"^kiosk_{name}_total ([0-9]+)$", metrics, re.MULTILINE)[1])

    def _log_in(self, password):
        _, cookie = self._ask("POST", "/api/v1/login", {"password": password})
        self._headers = {"Cookie": cookie.split(";")[0]}

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            body = None if body is None else json.dumps(body)
            headers = self._headers | {"Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise DeskError(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return content, answer.getheader("Set-Cookie")
