"""The dashboard's state and what a visitor can do to it: plain dicts and lists, no web and no engine in sight."""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta
from typing import Any, Callable

MAX_TASKS = 50
MAX_NOTIFICATIONS = 8
MAX_TITLE = 200
HISTORY = 5
BARS = 24
BAR_HEIGHTS = 14
PRIORITIES = ("low", "medium", "high")

NAMES = ("Ada", "Alan", "Barbara", "Dennis", "Edsger", "Grace", "Hedy", "Katherine", "Ken", "Margaret", "Radia", "Tim")

NEWS = (
    ("success", "Deploy finished", "Version 2.4.1 runs on all machines."),
    ("error", "Disk almost full", "90% of /var is used on db-3."),
    ("info", "New sign-in", "From Lisbon, with Firefox."),
    ("success", "Backup complete", ""),
    ("info", "Comment by <Grace>", 'She wrote: "<script>alert(1)</script> & more"'),
)

Data = dict[str, Any]
#: What is wrong with an action's fields: field name to text.
Errors = dict[str, str]


def now() -> datetime:
    """The time of day with the machine's offset."""
    return datetime.now().astimezone()


class Dashboard:
    """One visitor's dashboard. ``data`` is what the template shows; actions and ``tick`` change it."""

    def __init__(self) -> None:
        self._ids = 0
        self._sent: dict[str, int] = {}
        moment = now()
        name = random.choice(NAMES)
        self.data: Data = {
            "Title": "Live dashboard",
            "SessionID": secrets.token_hex(3),
            "User": {
                "Name": name,
                "Initial": name[0],
                "Hue": random.randrange(5),
                "IsAdmin": True,
                "LastLogin": moment,
            },
            "Traffic": {
                "Updates": 0,
                "Sent": "0 B",
                "Full": "0 B",
                "Saved": 0.0,
                "Share": 0.0,
                "LastSent": "0 B",
                "LastFull": "0 B",
            },
            "Costs": [],
            "Statistics": {
                "revenue": {"Label": "Revenue", "Value": 1234.5, "Type": "currency", "Change": 1.5},
                "users": {"Label": "Active users", "Value": 42, "Type": "number", "Change": -2.0},
                "errors": {"Label": "Error rate", "Value": 0.25, "Type": "percentage", "Change": 0},
            },
            "Load": {"Value": 120, "Bars": [self._bar(120) for _ in range(BARS)]},
            "Notifications": [
                self._notification("error", "Disk", "90% of /var is used"),
                self._notification("success", 'Deploy "blue"', ""),
            ],
            "Counter": 5,
            "MaxCounter": 10,
            "CounterHistory": [],
            "Tasks": [
                self._task("Write the <b>docs</b>", "high", moment + timedelta(days=2), completed=True),
                self._task("Review the wire format", "medium", moment - timedelta(days=1)),
                self._task("Open this page in a second tab", "high"),
                self._task("Open it in another browser", "low"),
                self._task("Drag a task, or use its arrows", "low"),
                self._task("Type a title while the numbers move", "medium"),
                self._task('Add a task named <script>alert("hi")</script>', "low"),
            ],
            "ShowCompleted": True,
            "Errors": {},
            "LastUpdateTime": moment,
        }
        for _ in range(BARS):
            self._load()

    # What changes by itself.

    def tick(self) -> None:
        """One second has passed."""
        self.data["LastUpdateTime"] = now()
        self._load()
        statistics = self.data["Statistics"]
        users = statistics["users"]
        users["Value"] = max(0, users["Value"] + random.choice((-1, 0, 0, 0, 1)))
        users["Change"] = round((users["Value"] - 43) / 43 * 100, 1)
        if random.random() < 0.2:
            sale = round(random.uniform(4, 60), 2)
            statistics["revenue"]["Value"] += sale
            statistics["revenue"]["Change"] = round(statistics["revenue"]["Change"] + sale / 100, 1)

    def _load(self) -> None:
        load = self.data["Load"]
        load["Value"] = min(280, max(12, load["Value"] + random.randint(-28, 28)))
        load["Bars"] = load["Bars"][1:] + [self._bar(load["Value"])]

    def _bar(self, value: int) -> Data:
        return {"ID": self._id("b"), "Height": 1 + value * (BAR_HEIGHTS - 1) // 280}

    def count(self, sent: int, full: int, totals: tuple[int, int, int]) -> None:
        """Shows what the last update cost and what all have cost: ``totals`` is (updates, sent, full) in bytes."""
        updates, total_sent, total_full = totals
        share = 100 * total_sent / total_full if total_full else 0.0
        self.data["Traffic"] = {
            "Updates": updates,
            "Sent": size(total_sent),
            "Full": size(total_full),
            "Saved": round(100 - share, 1),
            "Share": round(share, 1),
            "LastSent": size(sent),
            "LastFull": size(full),
        }

    def compare(self, sent: dict[str, int]) -> None:
        """Shows what the last message cost in each format: ``sent`` has the bytes by format."""
        for wire, count in sent.items():
            self._sent[wire] = self._sent.get(wire, 0) + count
        most = max(self._sent.values())
        self.data["Costs"] = [
            {"ID": wire, "Last": size(count), "Total": size(self._sent[wire]), "Share": round(100 * self._sent[wire] / most)}
            for wire, count in sent.items()
        ]

    def shown(self, wire: str) -> Data:
        """What the page in a format shows."""
        return {**self.data, "Wire": wire}

    # What a visitor does.

    def act(self, action: str, fields: Data) -> Errors:
        """Carries out an action. Errors are for its answer; those of a form's fields are in ``data`` too."""
        handler = ACTIONS.get(action)
        if handler is None:
            return {"action": "unknown action"}
        errors = handler(self, fields) or {}
        self.data["Errors"] = errors
        self.data["LastUpdateTime"] = now()
        return errors

    def _increment_counter(self, fields: Data) -> None:
        self._set_counter("Increment", min(self.data["MaxCounter"], self.data["Counter"] + 1))

    def _decrement_counter(self, fields: Data) -> None:
        self._set_counter("Decrement", max(0, self.data["Counter"] - 1))

    def _reset_counter(self, fields: Data) -> None:
        self._set_counter("Reset", 0)

    def _set_counter(self, action: str, value: int) -> None:
        if value == self.data["Counter"]:
            return
        self.data["Counter"] = value
        change = {"ID": self._id("c"), "Action": action, "Value": value, "Timestamp": now()}
        self.data["CounterHistory"] = [change, *self.data["CounterHistory"]][:HISTORY]

    def _add_task(self, fields: Data) -> Errors | None:
        # The client turns "12" into a number.
        title = str(fields.get("title", "")).strip()
        priority = fields.get("priority", "medium")
        if not title:
            return {"title": "A task needs a title."}
        if len(title) > MAX_TITLE:
            return {"title": f"A title has at most {MAX_TITLE} characters."}
        if len(self.data["Tasks"]) >= MAX_TASKS:
            return {"title": f"There are {MAX_TASKS} tasks already: delete one first."}
        if priority not in PRIORITIES:
            return {"priority": "Low, medium or high."}
        self.data["Tasks"].append(self._task(title, priority))
        return None

    def _toggle_task(self, fields: Data) -> Errors | None:
        for task in self.data["Tasks"]:
            if task["ID"] == fields.get("id"):
                task["Completed"] = not task["Completed"]
                task["IsOverdue"] = overdue(task)
                return None
        return NO_TASK

    def _delete_task(self, fields: Data) -> Errors | None:
        return self._remove("Tasks", fields.get("id"), NO_TASK)

    def _move_task_up(self, fields: Data) -> Errors | None:
        return self._move_task(fields, -1)

    def _move_task_down(self, fields: Data) -> Errors | None:
        return self._move_task(fields, 1)

    def _move_task(self, fields: Data, by: int) -> Errors | None:
        at = self._index("Tasks", fields.get("id"))
        if at is None:
            return NO_TASK
        tasks = self.data["Tasks"]
        to = min(max(at + by, 0), len(tasks) - 1)
        tasks.insert(to, tasks.pop(at))
        return None

    def _drop_task(self, fields: Data) -> Errors | None:
        source = self._index("Tasks", fields.get("dragSourceKey"))
        target = self._index("Tasks", fields.get("dragTargetKey"))
        if source is None or target is None:
            return NO_TASK
        tasks = self.data["Tasks"]
        tasks.insert(target, tasks.pop(source))
        return None

    def _toggle_show_completed(self, fields: Data) -> None:
        self.data["ShowCompleted"] = not self.data["ShowCompleted"]

    def _add_notification(self, fields: Data) -> None:
        news = self._notification(*random.choice(NEWS))
        self.data["Notifications"] = [news, *self.data["Notifications"]][:MAX_NOTIFICATIONS]

    def _dismiss_notification(self, fields: Data) -> Errors | None:
        return self._remove("Notifications", fields.get("id"), {"id": "No such notification."})

    def _navigate(self, fields: Data) -> None:
        """A link to the same path: this page has only one view."""

    # Helpers.

    def _id(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}{self._ids}"

    def _task(self, title: str, priority: str, due: datetime | None = None, completed: bool = False) -> Data:
        task: Data = {"ID": self._id("t"), "Title": title, "Priority": priority, "DueDate": due, "Completed": completed}
        task["IsOverdue"] = overdue(task)
        return task

    def _notification(self, kind: str, title: str, message: str) -> Data:
        return {"ID": self._id("n"), "Type": kind, "Title": title, "Message": message, "CreatedAt": now()}

    def _index(self, name: str, identity: object) -> int | None:
        return next((at for at, item in enumerate(self.data[name]) if item["ID"] == identity), None)

    def _remove(self, name: str, identity: object, missing: Errors) -> Errors | None:
        at = self._index(name, identity)
        if at is None:
            return missing
        del self.data[name][at]
        return None


NO_TASK: Errors = {"id": "No such task."}

ACTIONS: dict[str, Callable[[Dashboard, Data], Errors | None]] = {
    "increment_counter": Dashboard._increment_counter,
    "decrement_counter": Dashboard._decrement_counter,
    "reset_counter": Dashboard._reset_counter,
    "add_task": Dashboard._add_task,
    "toggle_task": Dashboard._toggle_task,
    "delete_task": Dashboard._delete_task,
    "move_task_up": Dashboard._move_task_up,
    "move_task_down": Dashboard._move_task_down,
    "drop_task": Dashboard._drop_task,
    "toggle_show_completed": Dashboard._toggle_show_completed,
    "add_notification": Dashboard._add_notification,
    "dismiss_notification": Dashboard._dismiss_notification,
    "__navigate__": Dashboard._navigate,
}


def overdue(task: Data) -> bool:
    due: datetime | None = task["DueDate"]
    return due is not None and not task["Completed"] and due < now()


def size(count: int) -> str:
    """Bytes for people: ``143 B``, ``14.2 kB``, ``2.31 MB``."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.2f} MB"
