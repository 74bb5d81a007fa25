"""Home Assistant's judgement of what the kiosk publishes for it.

    pip install --no-deps homeassistant
    pip install attrs awesomeversion jinja2 orjson packaging python-slugify pyyaml typing_extensions \
        ulid-transform voluptuous voluptuous-serialize yarl
    python tests/tools/home_assistant.py < MESSAGES

MESSAGES has lines of `topic<TAB>payload`. Those whose topic ends in `/config` announce an entity, and are judged by
Home Assistant's own discovery: its pattern for topics, and the schema of their component. The others are samples: the
templates of the entities are rendered with the last one on their topic, as Home Assistant would show them.

The first line of the output says whose schemas were used: `homeassistant VERSION`, or `documented` where that package
is not installed, which checks what its documentation asks for and renders nothing. A line of
`component/entity<TAB>value` an entity follows. The exit code is 1 if a message was refused; standard error says why.
"""

import importlib.abc
import importlib.machinery
import json
import re
import sys
import types

# What Home Assistant imports, and its schemas do not use.
UNUSED = {
    "aiohttp", "aiohttp_fast_url_dispatcher", "aiohttp_zlib_ng", "async_interrupt", "atomicwrites", "certifi",
    "ciso8601", "cryptography", "httpx", "ifaddr", "jwt", "lru",
}


class Anything(type):
    """The type of what stands for a package's contents: it can be subclassed, called and asked for anything."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})

    def __call__(cls, *arguments, **_):
        # As a decorator it changes nothing.
        return arguments[0] if len(arguments) == 1 and callable(arguments[0]) else cls

    def __getitem__(cls, _):
        return cls

    def __or__(cls, _):
        return cls

    __ror__ = __or__


class Unused(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the unused packages that are not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in UNUSED:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.__version__ = "0"
        module.__getattr__ = self.attribute
        return module

    @staticmethod
    def attribute(name):
        if name.startswith("__"):
            raise AttributeError(name)
        # An exception, since some of them are caught.
        return type.__call__(Anything, name, (Exception,), {})

    def exec_module(self, module):
        pass


class HomeAssistant:
    """Judges by the package."""

    def __init__(self):
        sys.meta_path.append(Unused())
        from homeassistant import const
        from homeassistant.components.mqtt import discovery
        from homeassistant.helpers.template import TemplateEnvironment

        self.name = f"homeassistant {const.__version__}"
        self.discovery = discovery
        self.templates = TemplateEnvironment(None)

    def match(self, topic):
        return self.discovery.TOPIC_MATCHER.match(topic)

    def check(self, component, payload):
        if component not in self.discovery.SUPPORTED_COMPONENTS:
            raise ValueError(f"{component} is no component")
        self.discovery.MQTT_ORIGIN_INFO_SCHEMA(payload["origin"])
        module = importlib.import_module(f"homeassistant.components.mqtt.{component}")
        accepted = module.DISCOVERY_SCHEMA(dict(payload))
        # The schema would drop what it does not know.
        unknown = payload.keys() - accepted.keys()
        if unknown:
            raise ValueError(f"it does not know {sorted(unknown)}")

    def render(self, template, payload):
        return self.templates.from_string(template).render(value=payload, value_json=json.loads(payload))


class Documented:
    """Judges by what the documentation asks for."""

    name = "documented"
    required = {
        "event": {"state_topic", "event_types"},
        "sensor": {"state_topic"},
        "binary_sensor": {"state_topic"},
        "image": {"image_topic"},
        "button": {"command_topic"},
        "select": {"command_topic", "options"},
    }
    lists = {"event_types", "options"}
    optional = {
        "availability", "qos", "origin", "device", "name", "unique_id", "icon", "value_template", "device_class",
        "state_class", "unit_of_measurement", "suggested_display_precision", "json_attributes_topic",
        "json_attributes_template", "entity_category", "content_type", "state_topic",
    }

    def match(self, topic):
        return re.match(r"(\w+)/(?:([a-zA-Z0-9_-]+)/)?([a-zA-Z0-9_-]+)/config$", topic)

    def check(self, component, payload):
        required = self.required[component]
        missing, unknown = required - payload.keys(), payload.keys() - required - self.optional
        if missing or unknown:
            raise ValueError(f"it lacks {sorted(missing)}, or does not know {sorted(unknown)}")
        for key in required:
            if not isinstance(payload[key], list if key in self.lists else str):
                raise ValueError(f"{key} is of another type")
        if not payload["device"]["identifiers"] or not payload["origin"]["name"]:
            raise ValueError("device or origin has no name")

    def render(self, template, payload):
        return ""


def main():
    try:
        judge = HomeAssistant()
    except ImportError as error:
        print(f"by the documentation: {error}", file=sys.stderr)
        judge = Documented()
    print(judge.name)
    lines = [line.rstrip("\n").split("\t", 1) for line in sys.stdin]
    samples = {topic: payload for topic, payload in lines if not topic.endswith("/config")}
    refused = 0
    for topic, text in lines:
        if not topic.endswith("/config") or not text:
            continue
        try:
            prefix, rest = topic.split("/", 1)
            match = judge.match(rest)
            if not match:
                raise ValueError("no topic of an entity")
            component, _, entity = match.groups()
            payload = json.loads(text)
            judge.check(component, payload)
            sample = samples.get(payload.get("state_topic"))
            template = payload.get("value_template")
            value = judge.render(template, sample) if sample and template else ""
            print(f"{component}/{entity}\t{value}")
        except Exception as error:  # Whatever it is, Home Assistant would not show the entity.
            print(f"{topic}: {type(error).__name__}: {error}", file=sys.stderr)
            refused += 1
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
