"""The front desk's page of a kiosk, as a program uses it."""

import http.client
import json
import time


class DeskError(Exception):
    """The page did not do what it was asked for."""


class Desk:
    """A session of the owner."""

    def __init__(self, port, password, patience):
        """Logs in as soon as the page answers, which may take `patience` seconds."""
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
        """The JSON at a path below /api/v1/."""
        return json.loads(self.file(path))

    def post(self, path, body=None):
        """What is answered to a JSON body."""
        return json.loads(self._ask("POST", path, body)[0] or "null")

    def file(self, path):
        """The bytes at a path."""
        return self._ask("GET", path)[0]

    def _log_in(self, password):
        answer, cookie = self._ask("POST", "login", {"password": password})
        self._headers = {"Cookie": cookie.split(";")[0], "X-CSRF-Token": json.loads(answer)["csrf"]}

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            body = None if body is None else json.dumps(body)
            headers = self._headers | {"Content-Type": "application/json"}
            connection.request(method, f"/api/v1/{path}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise DeskError(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return content, answer.getheader("Set-Cookie")
