"""A trader written from docs/wire.md alone: plain ZeroMQ and a plain msgpack decoder, none of our packages.

It plays one fixed session and prints what it was told, one JSON line a step; the same session as trader.mjs.
"""
import json
import sys
import time

import msgpack
import zmq

CONFIG = json.loads(sys.argv[1])
TAG, SRC, ACCOUNT = CONFIG["tag"], CONFIG["src"], CONFIG["account"]
ORDER, ANSWER, COMMAND, HEARTBEAT = (f"{s}.{CONFIG['exchange']}.{ACCOUNT}." for s in ("order", "answer", "command", "hb"))
EPOCH = int(time.time())
PATIENCE_S = 15.0
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

context = zmq.Context()
publisher, subscriber, dealer = context.socket(zmq.PUB), context.socket(zmq.SUB), context.socket(zmq.DEALER)
for socket in (publisher, subscriber, dealer):
    socket.linger = 0
subscriber.rcvhwm = 100_000
dealer.immediate = 1
dealer.sndtimeo = 0

seqs, counters = {}, {"id": 0, "order": 0}
views, answers, replies, events = {}, {}, {}, []
feed = {"live": False, "kept": [], "epoch": 0, "seq": 0, "beat": 0.0}


def now_us():
    return time.time_ns() // 1000


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def count(what):
    counters[what] += 1
    return counters[what]


def base36(number):
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"


def fresh_id():
    return f"{TAG}-{base36(EPOCH)}-{count('id')}"


def order_id():
    return TAG + base36(EPOCH).rjust(6, "0") + base36(count("order"))


def envelope(kind, topic, data, message_id=None, ts=None):
    seqs[topic] = 0 if topic == "" else seqs.get(topic, 0) + 1
    head = {"v": 1, "type": kind, "src": SRC, "account": ACCOUNT, "epoch": EPOCH, "topic": topic, "seq": seqs[topic]}
    return {**head, "ts": ts or now_us(), "id": message_id or fresh_id(), "data": data}


def publish(kind, topic, data, message_id=None, ts=None):
    publisher.send_multipart([topic.encode(), msgpack.packb(envelope(kind, topic, data, message_id, ts))])


def request(kind, data):
    message = envelope(kind, "", data)
    try:
        dealer.send(msgpack.packb(message))
    except zmq.Again:
        pass  # nobody is there yet
    return message["id"]


def apply(message):
    if (message["epoch"], message["seq"]) <= (feed["epoch"], feed["seq"]):
        return
    if (message["epoch"], message["seq"]) != (feed["epoch"], feed["seq"] + 1):
        feed.update(live=False, kept=[message])
        return say("gap", epoch=message["epoch"], seq=message["seq"])
    feed["seq"] = message["seq"]
    if message["type"] == "order.event":
        views[message["data"]["order"]["clientOrderId"]] = message["data"]["order"]
        events.append(message["data"])


def hear(topic, message):
    if topic == ANSWER and message["type"] == "command.answer":
        answers.setdefault(message["data"]["commandId"], []).append(message["data"])
    if topic == ORDER:
        if feed["live"]:
            apply(message)
        else:
            feed["kept"].append(message)


def turn(wait_ms):
    """Whatever came in, and a heartbeat when one is due."""
    if time.monotonic() - feed["beat"] > 1.0:
        feed["beat"] = time.monotonic()
        facts = {"state": "ready", "reasons": [], "loopLagUs": 0, "lastSeqs": {COMMAND: seqs.get(COMMAND, 0)}}
        publish("heartbeat", f"{HEARTBEAT}{SRC}-7013.", facts)
    for socket in zmq.select([subscriber, dealer], [], [], wait_ms / 1000)[0]:
        frames = socket.recv_multipart()
        message = msgpack.unpackb(frames[-1])
        if socket is subscriber:
            hear(frames[0].decode(), message)
        elif "cause" in message:
            replies[message["cause"]] = message


def until(look, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        turn(20)
    return None


def need(what, look):
    seen = until(look)
    if not seen:
        raise TimeoutError(f"waited in vain for {what}")
    return seen


def ask(kind, data):
    while True:
        message_id = request(kind, data)
        reply = until(lambda: replies.get(message_id), 2.0)
        if reply and reply["type"] == "service.error":
            raise RuntimeError(f"{kind}: {reply['data']}")
        if reply:
            return reply


def go_live():
    feed.update(live=False, kept=[])
    while not feed["kept"]:
        request("service.hello", {"topic": ORDER, "nonce": fresh_id()})
        until(lambda: feed["kept"], 1.0)
    while True:
        data = ask("service.snapshot-request", {"topic": ORDER})["data"]
        first = feed["kept"][0]
        if first["epoch"] == data["epoch"] and first["seq"] > data["seq"] + 1:
            continue
        views.clear()
        views.update({order["clientOrderId"]: order for order in data.get("orders", [])})
        kept = feed["kept"]
        feed.update(live=True, kept=[], epoch=data["epoch"], seq=data["seq"])
        for message in kept:
            apply(message)
        return


def command(kind, data, message_id, about):
    ts, pause = now_us(), 0.1
    while now_us() < data["deadlineTs"]:
        publish(kind, COMMAND, data, message_id, ts)
        answer = until(lambda: answers.get(message_id), pause)
        if answer:
            return answer[0]
        pause *= 2
    return query(about)


def query(client_order_id):
    message_id = fresh_id()
    while True:
        publish("command.query", COMMAND, {"clientOrderId": client_order_id}, message_id)
        answer = until(lambda: answers.get(message_id), 1.0)
        if answer:
            return answer[0]


def phase(client_order_id, wanted):
    return need(wanted, lambda: views.get(client_order_id, {}).get("phase") == wanted and views[client_order_id])


def session():
    go_live()
    engine = ask("service.ping", {})
    say("live", engineEpoch=engine["epoch"], state=engine["data"]["state"])

    def header(**change):
        return {"owner": TAG, "engineEpoch": engine["epoch"], "deadlineTs": now_us() + 5_000_000, **change}

    def limit(client_order_id, **change):
        terms = {"instrument": CONFIG["instrument"], "side": "buy", "type": "limit", "timeInForce": "GTX"}
        amounts = {"qty": CONFIG["qty"], "price": CONFIG["price"]}
        return {**header(**change), "clientOrderId": client_order_id, "strategy": "foreign", **terms, **amounts}

    first = order_id()
    placed = command("command.place", limit(first), first, first)
    resting = phase(first, "new")
    say("placed", id=first, verdict=placed["verdict"], phase=resting["phase"], venueOrderId=resting["venueOrderId"])

    change = {**header(), "clientOrderId": first, "price": CONFIG["otherPrice"], "qty": CONFIG["qty"]}
    modified = command("command.modify", change, fresh_id(), first)
    amended = need("modified", lambda: [e for e in events if e["change"] == "modified" and e["order"]["clientOrderId"] == first])
    say("modified", id=first, verdict=modified["verdict"], price=amended[0]["order"]["price"])

    canceled = command("command.cancel", {**header(), "clientOrderId": first}, fresh_id(), first)
    say("canceled", id=first, verdict=canceled["verdict"], phase=phase(first, "canceled")["phase"])

    five, ts = order_id(), now_us()
    copy = limit(five)
    for _ in range(5):
        publish("command.place", COMMAND, copy, five, ts)
    told = need("five answers", lambda: len(answers.get(five, [])) >= 5 and answers[five])
    phase(five, "new")
    say("five", id=five, verdicts=[answer["verdict"] for answer in told])

    late = order_id()
    publish("command.place", COMMAND, limit(late, deadlineTs=now_us() - 1_000_000), late)
    too_late = need("an answer", lambda: answers.get(late))[0]
    say("deadline", id=late, verdict=too_late["verdict"], code=too_late.get("reason", {}).get("code"))

    fenced = order_id()
    publish("command.place", COMMAND, limit(fenced, engineEpoch=engine["epoch"] - 1), fenced)
    refused = need("an answer", lambda: answers.get(fenced))[0]
    say("fenced", id=fenced, verdict=refused["verdict"], code=refused.get("reason", {}).get("code"))

    say("restart-the-engine")
    while sys.stdin.readline().strip() != "restarted":
        pass
    go_live()
    again = ask("service.ping", {})
    say("live-again", engineEpoch=again["epoch"], state=again["data"]["state"], known=list(views))

    answers.pop(five)
    known = command("command.place", {**copy, "deadlineTs": now_us() + 5_000_000}, five, five)
    order = known.get("order", {})
    say("known", id=five, verdict=known["verdict"], phase=order.get("phase"), price=order.get("price"))
    asked = query(late)
    say("denied-for-ever", id=late, verdict=asked["verdict"], phase=asked.get("order", {}).get("phase"))
    say("never-heard-of", verdict=query(order_id())["verdict"])
    say("done")


publisher.bind(CONFIG["pub"])
subscriber.connect(CONFIG["sub"])
dealer.connect(CONFIG["service"])
for prefix in (ORDER, ANSWER, HEARTBEAT):
    subscriber.subscribe(prefix)
try:
    session()
except Exception as error:  # the test reads why
    say("failed", why=repr(error))
    sys.exit(1)
