"""Markup as a tree of elements, to ask it what a browser and a screen reader would ask."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.template import Context, Template
from django.utils.translation import override

VOID = {"br", "circle", "hr", "img", "input", "link", "meta", "rect", "use"}


@dataclass
class Element:
    """A tag with its attributes and what stands in it."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str | None:
        """The attribute, None where there is none, "" where it has no value."""
        return self.attributes.get(name)

    @property
    def classes(self) -> set[str]:
        return set((self.get("class") or "").split())

    def all(self, tag: str = "", **wanted: str) -> list["Element"]:
        """Every element below with this tag and these attributes (`_` for `-`, `class_` for one of the classes)."""
        return [one for one in self.below() if one.matches(tag, wanted)]

    def one(self, tag: str = "", **wanted: str) -> "Element":
        """The only such element."""
        (found,) = self.all(tag, **wanted)
        return found

    def matches(self, tag: str, wanted: dict[str, str]) -> bool:
        if tag and self.tag != tag:
            return False
        if (name := wanted.get("class_")) and name not in self.classes:
            return False
        return all(
            self.get(key.replace("_", "-")) == value for key, value in wanted.items() if key != "class_"
        )

    def below(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.below()

    def within(self, tag: str) -> bool:
        """Whether an element of this tag stands around it."""
        return self.parent is not None and (self.parent.tag == tag or self.parent.within(tag))

    @property
    def text(self) -> str:
        """What is read, with single spaces."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join("".join(parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.here.tag != tag:
            raise ValueError(f"</{tag}> closes <{self.here.tag}>")
        self.here = self.here.parent or self.root

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parsed(html: str) -> Element:
    """The tree; ValueError where a tag is closed that was not opened, or one stays open."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.here is not reader.root:
        raise ValueError(f"<{reader.here.tag}> stays open")
    return reader.root


def drawn(source: str, language: str = "en", **values) -> Element:
    """A piece of template as a tree."""
    with override(language):
        return parsed(Template(source).render(Context(values)))


def described(root: Element, control: Element) -> str:
    """What a screen reader says of a control after its name; KeyError where it is sent to nothing."""
    by_id = {one["id"]: one for one in root.below() if one.get("id")}
    return " ".join(by_id[name].text for name in (control.get("aria-describedby") or "").split())
