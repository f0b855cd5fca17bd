"""LOMS for signal bots: post a signal, never disturb the bot.

Standard library only, Python 3.9 or newer. Nothing here raises into the bot: what goes wrong is logged under a stable
event name and told by the result.

    from loms_client import LomsClient
    loms = LomsClient()                       # LOMS_ENABLED, LOMS_BASE_URL, LOMS_TIMEOUT_SEC, LOMS_API_KEY
    result = loms.signal("BTCUSDT", "long", 64000.0, timestamp=candle_time, tp_pct=4.5, sl_pct=1.5)
    if result.opened:
        print(result.position_id)

A request that got no answer is sent again with the same Idempotency-Key, so it opens at most once. All attempts together
stay within LOMS_TIMEOUT_SEC.

Events: loms_skip, loms_http_error, loms_conn_error, loms_error, loms_oms_disabled, loms_risk_reject, loms_order_created.
"""

import datetime
import http.client
import json
import logging
import os
import time
import urllib.error
import urllib.request
import uuid

ATTEMPTS = 3
FIRST_PAUSE_SEC = 0.2
LARGEST_ANSWER = 1_000_000


class LomsResult:
    """What became of a signal. `event` is one of the names above; `body` is the answer, where there was one."""

    def __init__(self, event, body=None, detail=None):
        self.event = event
        self.body = body if isinstance(body, dict) else {}
        self.detail = detail

    @property
    def opened(self):
        return self.event == "loms_order_created"

    @property
    def position_id(self):
        return self.body.get("position_id")

    def __repr__(self):
        return "LomsResult(%s, %s)" % (self.event, self.detail or self.body)


class LomsClient:
    def __init__(self, base_url=None, timeout_sec=None, enabled=None, api_key=None, logger=None):
        environment = os.environ.get
        self.logger = logger or logging.getLogger("loms")
        self.enabled = environment("LOMS_ENABLED", "true").strip().lower() in ("true", "1", "yes", "on") if enabled is None else bool(enabled)
        self.base_url = (base_url or environment("LOMS_BASE_URL") or "http://127.0.0.1:8000").rstrip("/")
        self.timeout_sec = _seconds(timeout_sec if timeout_sec is not None else environment("LOMS_TIMEOUT_SEC"))
        self.api_key = api_key or environment("LOMS_API_KEY") or None

    def signal(self, symbol, side, price, timestamp=None, **fields):
        """Posts a bounce signal. `timestamp`: datetime, ISO text or None for now. Further fields go as they are."""
        try:
            body = dict(fields, symbol=symbol, side=side, price=price, timestamp=_iso(timestamp))
        except Exception as error:
            return self._told("loms_error", detail=repr(error), level=logging.ERROR)
        return self.post("/signals/bounce", body)

    def close(self, symbol, **fields):
        """Closes the open positions on a symbol; narrower with strategy=, side=, account_label=."""
        return self.post("/signals/close", dict(fields, symbol=symbol))

    def post(self, path, body):
        """Posts a body; never raises."""
        if not self.enabled:
            return self._told("loms_skip", detail="LOMS_ENABLED is not true", level=logging.DEBUG)
        try:
            return self._post(path, body)
        except Exception as error:  # the bot comes first, whatever it is
            return self._told("loms_error", detail=repr(error), level=logging.ERROR)

    def _post(self, path, body):
        data = json.dumps(body, allow_nan=False, default=str).encode("utf-8")
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        if self.api_key:
            headers["Authorization"] = "Bearer " + self.api_key
        deadline = time.monotonic() + self.timeout_sec
        detail = "no time left"
        for attempt in range(ATTEMPTS):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            status, text, detail = self._once(path, data, headers, left)
            if status is not None and status != 503 and status != 429:
                return self._judged(status, text)
            if status is not None:
                detail = "HTTP %d" % status
            time.sleep(max(0.0, min(FIRST_PAUSE_SEC * 2**attempt, deadline - time.monotonic())))
        event = "loms_http_error" if detail.startswith("HTTP ") else "loms_conn_error"
        return self._told(event, detail=detail, level=logging.WARNING)

    def _once(self, path, data, headers, timeout):
        request = urllib.request.Request(self.base_url + path, data=data, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, response.read(LARGEST_ANSWER), ""
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(LARGEST_ANSWER), ""
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            return None, b"", str(getattr(error, "reason", error)) or type(error).__name__

    def _judged(self, status, text):
        try:
            body = json.loads(text.decode("utf-8"))
        except ValueError:
            body = None
        if status >= 300 or not isinstance(body, dict):
            detail = body.get("detail") if isinstance(body, dict) else None
            return self._told("loms_http_error", body, "HTTP %d%s" % (status, ": %s" % detail if detail else ""), logging.ERROR)
        if body.get("oms_enabled") is False:
            return self._told("loms_oms_disabled", body, body.get("reason"))
        if body.get("risk_ok") is False:
            return self._told("loms_risk_reject", body, body.get("risk_reason"))
        return self._told("loms_order_created", body)

    def _told(self, event, body=None, detail=None, level=logging.INFO):
        result = LomsResult(event, body, detail)
        try:
            self.logger.log(level, "%s %s", event, detail if detail else json.dumps(result.body, default=str))
        except Exception:
            pass
        return result


def _seconds(value):
    try:
        seconds = float(value)
        return seconds if 0 < seconds < 3600 else 5.0
    except (TypeError, ValueError):
        return 5.0


def _iso(moment):
    if isinstance(moment, str):
        return moment
    if moment is None:
        moment = datetime.datetime.now(datetime.timezone.utc)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
