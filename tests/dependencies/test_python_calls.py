"""The call graph of small programs: each says at its end which calls it makes when it is run.

``#> caller: callees`` gives the calls between functions of the program; ``m`` is the module itself.
What runs later (in a thread, in an event loop) is called by what hands it over.
"""

import re
from pathlib import Path

import pytest

from dependencies.points_to.python_calls import call_graph

PROGRAMS = {
    "functions as values": """
def one(): pass
def two(): pass
def apply(function): return function()
def give(): return two
apply(one)
give()()
#> m: apply give two
#> apply: one
""",
    "containers with literal keys": """
def one(): pass
def two(): pass
def three(): pass
table = {"one": one, "two": two}
pair = (three, one)
def by_key(): table["one"]()
def by_index(): pair[0]()
by_key()
by_index()
#> m: by_index by_key
#> by_index: three
#> by_key: one
""",
    "containers with unknown keys": """
def one(): pass
def two(): pass
table = {}
for name, function in (("one", one), ("two", two)):
    table[name] = function
def call(name): table[name]()
call("one")
call("two")
#> m: call
#> call: one two
""",
    "nested containers": """
def one(): pass
def two(): pass
table = {"a": {"b": [one, two]}, "c": {"b": [two]}}
def deep(): table["a"]["b"][0]()
def other(): table["c"]["b"][0]()
deep()
other()
#> m: deep other
#> deep: one
#> other: two
""",
    "slices and unpacking": """
def one(): pass
def two(): pass
def three(): pass
held = [one, two, three]
def sliced():
    for function in held[1:]:
        function()
def unpacked():
    first, *rest = held
    first()
def rest_of():
    first, *rest = held
    rest[1]()
def swapped():
    left, right = one, two
    left, right = right, left
    left()
sliced()
unpacked()
rest_of()
swapped()
#> m: rest_of sliced swapped unpacked
#> rest_of: three
#> sliced: three two
#> swapped: two
#> unpacked: one
""",
    "comprehensions": """
def one(item): return item
def two(item): return item
made = [function(1) for function in (one, two)]
table = {name: function for name, function in [("a", one)]}
def run(): return {table[name](1) for name in table}
def items(): return [function(2) for name, function in table.items()]
run()
items()
#> m: items one run two
#> items: one
#> run: one
""",
    "keyword arguments": """
def one(): pass
def two(): pass
def call(first, *, second=None):
    first()
def by_name(*, second):
    second()
call(first=one, second=two)
by_name(second=two)
#> m: by_name call
#> by_name: two
#> call: one
""",
    "rest arguments": """
def one(): pass
def two(): pass
def first(*functions): functions[0]()
def every(*functions):
    for function in functions:
        function()
def named(**functions): functions["left"]()
def spread(left, right): right()
def forward(*args, **kwargs): spread(*args, **kwargs)
first(one, two)
every(one, two)
named(left=one, right=two)
spread(*[one, two])
spread(**{"left": two, "right": one})
forward(one, right=two)
#> m: every first forward named spread
#> every: one two
#> first: one
#> forward: spread
#> named: one
#> spread: one two
""",
    "plain decorator": """
def twice(function):
    def inner(*args):
        function(*args)
        return function(*args)
    return inner
@twice
def greet(name): return name
greet("a")
#> m: twice twice.inner
#> twice.inner: greet
""",
    "decorator with arguments and wraps": """
from functools import wraps
def repeat(times):
    def decorate(function):
        @wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)
        return inner
    return decorate
@repeat(2)
def greet(): pass
def main(): greet()
main()
#> m: main repeat repeat.decorate
#> main: repeat.decorate.inner
#> repeat.decorate.inner: greet
""",
    "decorator that is a class": """
class Counted:
    def __init__(self, function): self.function = function
    def __call__(self, *args): return self.function(*args)
@Counted
def greet(name): return name
def main(): greet("a")
main()
#> m: Counted.__init__ main
#> Counted.__call__: greet
#> main: Counted.__call__
""",
    "decorators stacked": """
def outer(function):
    def out(*args): return function(*args)
    return out
def inner(function):
    def within(*args): return function(*args)
    return within
@outer
@inner
def greet(): pass
greet()
#> m: inner outer outer.out
#> inner.within: greet
#> outer.out: inner.within
""",
    "decorator that registers": """
HANDLERS = {}
def register(name):
    def keep(function):
        HANDLERS[name] = function
        return function
    return keep
@register("a")
def on_a(): pass
@register("b")
def on_b(): pass
def run(name): HANDLERS[name]()
def direct(): on_a()
run("a")
run("b")
direct()
#> m: direct register register.keep run
#> direct: on_a
#> run: on_a on_b
""",
    "decorator on a method": """
import functools
def logged(method):
    @functools.wraps(method)
    def inner(self, *args): return method(self, *args)
    return inner
class Work:
    @logged
    def start(self): return self.go()
    def go(self): pass
def main(): Work().start()
main()
#> m: logged main
#> Work.start: Work.go
#> logged.inner: Work.start
#> main: logged.inner
""",
    "decorator on a class": """
REGISTRY = []
def register(cls):
    REGISTRY.append(cls)
    return cls
@register
class Plugin:
    def run(self): pass
def main():
    for cls in REGISTRY:
        cls().run()
    Plugin().run()
main()
#> m: main register
#> main: Plugin.run
""",
    "decorator used with and without arguments": """
def task(function=None, *, name=""):
    def decorate(inner):
        def run(): return inner()
        return run
    if function is not None:
        return decorate(function)
    return decorate
@task
def one(): pass
@task(name="b")
def two(): pass
one()
two()
#> m: task task.decorate task.decorate.run
#> task: task.decorate
#> task.decorate.run: one two
""",
    "closures": """
def make(function):
    def inner(): return function()
    return inner
def one(): pass
def counter():
    held = None
    def keep():
        nonlocal held
        held = one
    def call(): held()
    keep()
    call()
run = make(one)
run()
counter()
#> m: counter make make.inner
#> counter: counter.call counter.keep
#> counter.call: one
#> make.inner: one
""",
    "generators": """
def one(): pass
def two(): pass
def functions():
    yield one
    yield two
def main():
    for function in functions():
        function()
def single(): yield one
def first():
    held = single()
    next(held)()
    list(held)
main()
first()
#> m: first main
#> first: one single
#> main: functions one two
""",
    "yield from and its result": """
def one(): pass
def two(): pass
def inner():
    yield one
    return two
def outer():
    held = yield from inner()
    held()
def main():
    for function in outer():
        function()
main()
#> m: main
#> main: one outer
#> outer: inner two
""",
    "send": """
def one(): pass
def sink():
    while True:
        function = yield
        if function:
            function()
def main():
    held = sink()
    next(held)
    held.send(one)
    held.close()
main()
#> m: main
#> main: sink
#> sink: one
""",
    "generator expression": """
def one(): pass
def two(): pass
def main():
    for function in (held for held in (one, two)):
        function()
def lengths(): return any(held() for held in [one])
main()
lengths()
#> m: lengths main
#> lengths: one
#> main: one two
""",
    "diamond": """
class Base:
    def run(self): pass
class Left(Base):
    def run(self): super().run()
class Right(Base):
    def run(self): super().run()
class Both(Left, Right):
    def run(self): super().run()
def main():
    Both().run()
    Left().run()
main()
#> m: main
#> Both.run: Left.run
#> Left.run: Base.run Right.run
#> Right.run: Base.run
#> main: Both.run Left.run
""",
    "mixin": """
class Base:
    def save(self): pass
class Logged:
    def save(self):
        super().save()
class Model(Logged, Base):
    def store(self): self.save()
def main(): Model().store()
main()
#> m: main
#> Logged.save: Base.save
#> Model.store: Logged.save
#> main: Model.store
""",
    "template method": """
class Base:
    def run(self): return self.step()
    def step(self): pass
class Left(Base):
    def step(self): pass
class Right(Base):
    def step(self): pass
def main():
    Base().run()
    Left().run()
    Right().run()
main()
#> m: main
#> Base.run: Base.step Left.step Right.step
#> main: Base.run
""",
    "super with arguments and in a class method": """
class Base:
    def __init__(self): self.start()
    def start(self): pass
    @classmethod
    def make(cls): return cls()
class Derived(Base):
    def __init__(self): super(Derived, self).__init__()
    @classmethod
    def make(cls): return super().make()
def main():
    Derived.make().start()
    Base.make()
main()
#> m: main
#> Base.__init__: Base.start
#> Base.make: Base.__init__ Derived.__init__
#> Derived.__init__: Base.__init__
#> Derived.make: Base.make
#> main: Base.make Base.start Derived.make
""",
    "explicit base call": """
class Base:
    def __init__(self): pass
    def run(self): pass
class Derived(Base):
    def __init__(self): Base.__init__(self)
    def run(self): Base.run(self)
def main(): Derived().run()
main()
#> m: main
#> Derived.__init__: Base.__init__
#> Derived.run: Base.run
#> main: Derived.__init__ Derived.run
""",
    "class attributes": """
def one(value): pass
class Holder:
    handler = staticmethod(one)
    table = {"a": one}
    def method(self): pass
    alias = method
    def call(self):
        self.handler(1)
        self.table["a"](1)
        self.alias()
def main():
    Holder().call()
    Holder.handler(1)
main()
#> m: main
#> Holder.call: Holder.method one
#> main: Holder.call one
""",
    "class attribute that is a class": """
class Parser:
    def parse(self): pass
class Faster(Parser):
    def parse(self): pass
class Command:
    parser_class = Parser
    def run(self): self.parser_class().parse()
class Fast(Command):
    parser_class = Faster
def main(): Fast().run()
def plain(): Command().run()
main()
plain()
#> m: main plain
#> Command.run: Faster.parse Parser.parse
#> main: Command.run
#> plain: Command.run
""",
    "instance attributes": """
class Engine:
    def start(self): pass
class Car:
    def __init__(self, engine):
        self.engine = engine
        self.on_stop = self.stopped
    def drive(self):
        self.engine.start()
        self.on_stop()
    def stopped(self): pass
def main(): Car(Engine()).drive()
main()
#> m: main
#> Car.drive: Car.stopped Engine.start
#> main: Car.__init__ Car.drive
""",
    "properties": """
from functools import cached_property
class Part:
    def use(self): pass
class Whole:
    def __init__(self): self._part = Part()
    @property
    def part(self): return self._part
    @part.setter
    def part(self, value): self._part = value
    @part.deleter
    def part(self): self._part = None
    @cached_property
    def made(self): return Part()
def read(whole): whole.part.use()
def write(whole): whole.part = Part()
def cached(whole): whole.made.use()
def delete(whole): del whole.part
def main():
    whole = Whole()
    read(whole)
    write(whole)
    cached(whole)
    delete(whole)
main()
#> m: main
#> cached: Part.use Whole.made
#> delete: Whole.part
#> main: Whole.__init__ cached delete read write
#> read: Part.use Whole.part
#> write: Whole.part
""",
    "property by call": """
class Whole:
    def _get(self): return 1
    def _set(self, value): pass
    value = property(_get, _set)
def read(whole): return whole.value
def write(whole): whole.value = 2
read(Whole())
write(Whole())
#> m: read write
#> read: Whole._get
#> write: Whole._set
""",
    "callable instances": """
class Adder:
    def __init__(self, by): self.by = by
    def __call__(self, value): return self.helper(value)
    def helper(self, value): return value + self.by
def main():
    add = Adder(1)
    return list(map(add, [1])), add(2)
main()
#> m: main
#> Adder.__call__: Adder.helper
#> main: Adder.__call__ Adder.__init__
""",
    "missing attributes": """
class Proxy:
    def __init__(self, target): self._target = target
    def __getattr__(self, name): return getattr(self._target, name)
class Target:
    def run(self): pass
def main(): Proxy(Target()).anything
try:
    main()
except AttributeError:
    pass
#> m: main
#> main: Proxy.__getattr__ Proxy.__init__
""",
    "descriptors": """
class Field:
    def __get__(self, instance, owner): return 1
    def __set__(self, instance, value): self.check(value)
    def check(self, value): pass
    def __set_name__(self, owner, name): pass
class Model:
    field = Field()
def read(model): return model.field
def write(model): model.field = 2
read(Model())
write(Model())
#> m: Field.__set_name__ read write
#> Field.__set__: Field.check
#> read: Field.__get__
#> write: Field.__set__
""",
    "descriptor that is a decorator": """
class lazy:
    def __init__(self, function): self.function = function
    def __get__(self, instance, owner): return self.function(instance)
class Model:
    @lazy
    def part(self): return Part()
class Part:
    def use(self): pass
def main(): Model().part.use()
main()
#> m: lazy.__init__ main
#> lazy.__get__: Model.part
#> main: Part.use lazy.__get__
""",
    "context manager by class": """
class Lock:
    def __enter__(self): return self
    def __exit__(self, *error): self.release()
    def release(self): pass
    def use(self): pass
def main():
    with Lock() as lock:
        lock.use()
main()
#> m: main
#> Lock.__exit__: Lock.release
#> main: Lock.__enter__ Lock.__exit__ Lock.use
""",
    "context manager by generator": """
from contextlib import contextmanager
class Session:
    def query(self): pass
@contextmanager
def session():
    held = Session()
    yield held
    close()
def close(): pass
def main():
    with session() as held:
        held.query()
main()
#> m: main
#> main: Session.query session
#> session: close
""",
    "context manager that is async": """
import asyncio
from contextlib import asynccontextmanager
class Client:
    async def __aenter__(self): return self
    async def __aexit__(self, *error): pass
    async def get(self): pass
@asynccontextmanager
async def opened():
    yield Client()
async def main():
    async with Client() as client:
        await client.get()
    async with opened() as other:
        await other.get()
asyncio.run(main())
#> m: main
#> main: Client.__aenter__ Client.__aexit__ Client.get opened
""",
    "iteration by class": """
class Row:
    def read(self): pass
class Rows:
    def __iter__(self): return Cursor()
class Cursor:
    def __init__(self): self.left = 1
    def __iter__(self): return self
    def __next__(self):
        if not self.left:
            raise StopIteration
        self.left = 0
        return Row()
def main():
    for row in Rows():
        row.read()
main()
#> m: main
#> Rows.__iter__: Cursor.__init__
#> main: Cursor.__next__ Row.read Rows.__iter__
""",
    "iteration by index": """
class Row:
    def read(self): pass
class Rows:
    def __getitem__(self, at):
        if at:
            raise IndexError
        return Row()
def main():
    for row in Rows():
        row.read()
def first(): Rows()[0].read()
main()
first()
#> m: first main
#> first: Row.read Rows.__getitem__
#> main: Row.read Rows.__getitem__
""",
    "iteration by a generator method": """
class Node:
    def __init__(self, *children): self.children = children
    def __iter__(self):
        for child in self.children:
            yield child
            yield from child
    def visit(self): pass
def main():
    for node in Node(Node()):
        node.visit()
main()
#> m: main
#> Node.__iter__: Node.__iter__
#> main: Node.__init__ Node.__iter__ Node.visit
""",
    "async iteration": """
import asyncio
class Item:
    def use(self): pass
class Stream:
    def __aiter__(self): return self
    def __init__(self): self.left = 1
    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        self.left = 0
        return Item()
async def produced():
    yield Item()
async def main():
    async for item in Stream():
        item.use()
    async for other in produced():
        other.use()
asyncio.run(main())
#> m: main
#> main: Item.use Stream.__aiter__ Stream.__anext__ Stream.__init__ produced
""",
    "operators": """
class Vector:
    def __init__(self, value=0): self.value = value
    def __add__(self, other): return Vector()
    def __iadd__(self, other): return self
    def __neg__(self): return self
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __contains__(self, item): return True
    def __len__(self): return 1
    def __bool__(self): return True
    def __getitem__(self, at): return self
    def __setitem__(self, at, value): pass
    def __delitem__(self, at): pass
    def __str__(self): return ""
    def __hash__(self): return 1
    def length(self): return 1
class Reflected:
    def __radd__(self, other): return Vector()
def added(one, two): return (one + two).length()
def reflected(other): return (1 + other).length()
def in_place(one):
    one += 1
    return one
def negated(one): return (-one).length()
def compared(one, two): return one == two, one < two
def contained(one): return 1 in one
def sized(one): return len(one)
def tested(one): return 1 if one else 2
def indexed(one):
    one[1] = 2
    del one[1]
    return one[1].length()
def written(one): return f"{one}", str(one)
def hashed(one): return hash(one)
def main():
    one = Vector()
    two = Vector()
    added(one, two)
    reflected(Reflected())
    in_place(one)
    negated(one)
    compared(one, two)
    contained(one)
    sized(one)
    tested(one)
    indexed(one)
    written(one)
    hashed(one)
main()
#> m: main
#> Reflected.__radd__: Vector.__init__
#> Vector.__add__: Vector.__init__
#> added: Vector.__add__ Vector.length
#> compared: Vector.__eq__ Vector.__lt__
#> contained: Vector.__contains__
#> hashed: Vector.__hash__
#> in_place: Vector.__iadd__
#> indexed: Vector.__delitem__ Vector.__getitem__ Vector.__setitem__ Vector.length
#> main: Vector.__init__ added compared contained hashed in_place indexed negated reflected
#> main: sized tested written
#> negated: Vector.__neg__ Vector.length
#> reflected: Reflected.__radd__ Vector.length
#> sized: Vector.__len__
#> tested: Vector.__bool__
#> written: Vector.__str__
""",
    "reflected comparison": """
class Price:
    def __gt__(self, other): return True
def main(price): return 1 < price
main(Price())
#> m: main
#> main: Price.__gt__
""",
    "sorting compares": """
class Card:
    def __lt__(self, other): return True
def main(): return sorted([Card(), Card()])
def in_place():
    cards = [Card(), Card()]
    cards.sort()
def largest(): return min([Card(), Card()])
main()
in_place()
largest()
#> m: in_place largest main
#> in_place: Card.__lt__
#> largest: Card.__lt__
#> main: Card.__lt__
""",
    "static and class methods": """
class Shape:
    def __init__(self, size): self.size = size
    @staticmethod
    def check(size): pass
    @classmethod
    def square(cls, size):
        cls.check(size)
        return cls(size)
    def area(self): pass
class Small(Shape):
    @staticmethod
    def check(size): pass
def main(): Shape.square(1).area()
def other(): Small.square(1).area()
main()
other()
#> m: main other
#> Shape.square: Shape.__init__ Shape.check Small.check
#> main: Shape.area Shape.square
#> other: Shape.area Shape.square
""",
    "dataclass": """
from dataclasses import dataclass, field
from typing import Callable
def one(): pass
def made(): return []
@dataclass
class Task:
    name: str
    action: Callable[[], None]
    items: list = field(default_factory=made)
    def __post_init__(self): self.check()
    def check(self): pass
    def run(self): self.action()
def main(): Task("a", one).run()
def named(): Task(name="b", action=one).run()
main()
named()
#> m: main named
#> Task.__post_init__: Task.check
#> Task.run: one
#> main: Task.__post_init__ Task.run made
#> named: Task.__post_init__ Task.run made
""",
    "dataclass field of a class": """
from dataclasses import dataclass, field
class Engine:
    def start(self): pass
@dataclass
class Car:
    engine: Engine = field(default_factory=Engine)
    parts: "list[Engine]" = field(default_factory=list)
    def drive(self): self.engine.start()
    def all(self):
        for part in self.parts:
            part.start()
def main():
    Car().drive()
    Car(parts=[Engine()]).all()
main()
#> m: main
#> Car.all: Engine.start
#> Car.drive: Engine.start
#> main: Car.all Car.drive
""",
    "named tuples": """
from typing import NamedTuple
def one(): pass
class Entry(NamedTuple):
    name: str
    action: object
    def run(self): self.action()
def main(): Entry("a", one).run()
def unpacked():
    name, action = Entry("b", one)
    action()
main()
unpacked()
#> m: main unpacked
#> Entry.run: one
#> main: Entry.run
#> unpacked: one
""",
    "enums": """
from enum import Enum
class Color(Enum):
    RED = 1
    BLUE = 2
    def describe(self): return self.label()
    def label(self): return self.name.lower()
    @classmethod
    def default(cls): return cls.RED
def main(): Color.RED.describe()
def every():
    for color in Color:
        color.describe()
def by_value(): Color(1).describe()
def by_name(): Color["RED"].describe()
def chosen(): Color.default().label()
main()
every()
by_value()
by_name()
chosen()
#> m: by_name by_value chosen every main
#> Color.describe: Color.label
#> by_name: Color.describe
#> by_value: Color.describe
#> chosen: Color.default Color.label
#> every: Color.describe
#> main: Color.describe
""",
    "metaclass": """
class Single(type):
    made = None
    def __call__(cls, *args):
        if cls.made is None:
            cls.made = super().__call__(*args)
        return cls.made
    def names(cls): return []
class Service(metaclass=Single):
    def __init__(self): pass
    def run(self): pass
def main():
    Service().run()
    Service.names()
main()
#> m: main
#> Single.__call__: Service.__init__
#> main: Service.run Single.__call__ Single.names
""",
    "subclass hook": """
class Base:
    plugins = []
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.register()
    @classmethod
    def register(cls): Base.plugins.append(cls)
class One(Base):
    def start(self): pass
def main():
    for plugin in Base.plugins:
        plugin().start()
main()
#> m: Base.__init_subclass__ main
#> Base.__init_subclass__: Base.register
#> main: One.start
""",
    "isinstance": """
class Cat:
    def say(self): pass
class Dog:
    def say(self): pass
def speak(animal):
    if isinstance(animal, Cat):
        animal.say()
def both(animal):
    if isinstance(animal, (Cat, Dog)):
        animal.say()
def early(animal):
    if not isinstance(animal, Dog):
        return
    animal.say()
speak(Cat())
speak(Dog())
both(Cat())
both(Dog())
early(Cat())
early(Dog())
#> m: both early speak
#> both: Cat.say Dog.say
#> early: Dog.say
#> speak: Cat.say
""",
    "match on classes": """
class Cat:
    def say(self): pass
class Dog:
    def __init__(self, friend): self.friend = friend
    def say(self): pass
def speak(animal):
    match animal:
        case Cat():
            animal.say()
        case Dog(friend=friend):
            friend.say()
speak(Cat())
speak(Dog(Cat()))
#> m: Dog.__init__ speak
#> speak: Cat.say
""",
    "match on positions and sequences": """
class Point:
    __match_args__ = ("left", "right")
    def __init__(self, left, right):
        self.left = left
        self.right = right
def one(): pass
def two(): pass
def by_class(value):
    match value:
        case Point(left, _):
            left()
def by_sequence(value):
    match value:
        case [first, second]:
            second()
def by_mapping(value):
    match value:
        case {"go": go}:
            go()
def as_name(value):
    match value:
        case Point() as point:
            point.right()
by_class(Point(one, two))
by_sequence([one, two])
by_mapping({"go": one, "stop": two})
as_name(Point(one, two))
#> m: Point.__init__ as_name by_class by_mapping by_sequence
#> as_name: two
#> by_class: one
#> by_mapping: one
#> by_sequence: two
""",
    "walrus": """
class Match:
    def group(self): pass
def find(): return Match()
def main():
    if (found := find()) is not None:
        found.group()
    return [held.group() for _ in [1] if (held := find())]
main()
#> m: main
#> main: Match.group find
""",
    "annotations": """
from __future__ import annotations
from typing import Optional, TYPE_CHECKING
class Item:
    def use(self): pass
    def next(self) -> Item: return self
def plain(item: Item): item.use()
def quoted(item: "Item"): item.use()
def optional(item: Optional[Item]): item.use()
def union(item: Item | None): item.use()
def listed(items: list[Item]):
    for item in items:
        item.use()
def mapped(items: dict[str, Item]):
    for item in items.values():
        item.use()
    items["a"].use()
def of_type(cls: type[Item]): cls().use()
def chained(item: Item): item.next().next().use()
def pairs(items: list[tuple[str, Item]]):
    for _, item in items:
        item.use()
import json
hidden = eval("Item()")
plain(hidden)
quoted(hidden)
optional(hidden)
union(hidden)
listed([hidden])
mapped({"a": hidden})
of_type(eval("Item"))
chained(hidden)
pairs([("", hidden)])
#> m: chained listed mapped of_type optional pairs plain quoted union
#> chained: Item.next Item.use
#> listed: Item.use
#> mapped: Item.use
#> of_type: Item.use
#> optional: Item.use
#> pairs: Item.use
#> plain: Item.use
#> quoted: Item.use
#> union: Item.use
""",
    "annotated attributes and results": """
class Store:
    def get(self): pass
class Service:
    store: Store
    def __init__(self, store): self.store = store
    def run(self): self.store.get()
def make(text) -> Store: return eval(text)
def variable(text):
    held: Store = eval(text)
    held.get()
Service(eval("Store()")).run()
make("Store()").get()
variable("Store()")
#> m: Service.__init__ Service.run Store.get make variable
#> Service.run: Store.get
#> variable: Store.get
""",
    "partial": """
from functools import partial
def add(function, value): return function(value)
def one(value): return value
class Work:
    def run(self, function): return function(1)
def main(): partial(add, one)(1)
def named(): partial(add, function=one)(value=1)
def bound(): partial(Work().run, one)()
main()
named()
bound()
#> m: bound main named
#> Work.run: one
#> add: one
#> bound: Work.run
#> main: add
#> named: add
""",
    "functions of functions": """
from functools import reduce
def half(value): return value / 2
def even(value): return True
def size(value): return value
def add(left, right): return left + right
def mapped(): return list(map(half, [1]))
def filtered(): return list(filter(even, [1]))
def ordered(): return sorted([2, 1], key=size)
def largest(): return max([2, 1], key=size)
def summed(): return reduce(add, [1, 2])
def in_place():
    held = [2, 1]
    held.sort(key=size)
mapped()
filtered()
ordered()
largest()
summed()
in_place()
#> m: filtered in_place largest mapped ordered summed
#> filtered: even
#> in_place: size
#> largest: size
#> mapped: half
#> ordered: size
#> summed: add
""",
    "map gives what it calls": """
class Item:
    def use(self): pass
def make(value): return Item()
def main():
    for item in map(make, [1]):
        item.use()
def chosen():
    for item in filter(None, [Item()]):
        item.use()
def numbered():
    for at, item in enumerate([Item()]):
        item.use()
def zipped():
    for left, item in zip([1], [Item()]):
        item.use()
main()
chosen()
numbered()
zipped()
#> m: chosen main numbered zipped
#> chosen: Item.use
#> main: Item.use make
#> numbered: Item.use
#> zipped: Item.use
""",
    "getattr with a literal": """
class Work:
    def run(self): pass
def main(): getattr(Work(), "run")()
def fallback(): return getattr(Work(), "missing", one)()
def one(): pass
main()
fallback()
#> m: fallback main
#> fallback: one
#> main: Work.run
""",
    "lambdas": """
def one(): pass
call = lambda: one()
def main(): call()
def given(function): function(one)
main()
given(lambda held: held())
#> m: given main
#> <lambda>: one
#> given: <lambda>
#> main: <lambda>
""",
    "reassigned variables": """
def one(): pass
def two(): pass
def main():
    held = one
    held()
    held = two
    return held
main()()
#> m: main two
#> main: one
""",
    "branches": """
def one(): pass
def two(): pass
def main(flag):
    if flag:
        held = one
    else:
        held = two
    held()
def chosen(flag): (one if flag else two)()
def default(held=None): (held or one)()
main(True)
main(False)
chosen(True)
chosen(False)
default()
default(two)
#> m: chosen default main
#> chosen: one two
#> default: one two
#> main: one two
""",
    "loops": """
def one(): pass
def two(): pass
def main():
    held = one
    for _ in range(2):
        held()
        held = two
main()
#> m: main
#> main: one two
""",
    "try and except": """
class Failure(Exception):
    def __init__(self, text): self.text = text
    def describe(self): pass
def risky(): raise Failure("a")
def fallback(): pass
def last(): pass
def main():
    try:
        risky()
    except Failure as error:
        error.describe()
        held = fallback
    finally:
        last()
    held()
main()
#> m: main
#> main: Failure.describe fallback last risky
#> risky: Failure.__init__
""",
    "async functions": """
import asyncio
class Item:
    def use(self): pass
async def fetch(): return Item()
async def main():
    (await fetch()).use()
asyncio.run(main())
#> m: main
#> main: Item.use fetch
""",
    "threads": """
import threading
from concurrent.futures import ThreadPoolExecutor
def work(function): function()
def one(): pass
def main():
    thread = threading.Thread(target=work, args=(one,))
    thread.start()
    thread.join()
def pooled():
    with ThreadPoolExecutor() as pool:
        pool.submit(work, one).result()
main()
pooled()
#> m: main pooled
#> main: work
#> pooled: work
#> work: one
""",
    "thread by derivation": """
import threading
class Worker(threading.Thread):
    def run(self): self.work()
    def work(self): pass
def main():
    worker = Worker()
    worker.run()
main()
#> m: main
#> Worker.run: Worker.work
#> main: Worker.run
""",
    "default dict": """
from collections import defaultdict
class Group:
    def add(self): pass
def made(): return Group()
def main():
    groups = defaultdict(made)
    groups["a"].add()
main()
#> m: main
#> main: Group.add made
""",
    "setdefault and get": """
class Group:
    def add(self): pass
def one(): pass
def main():
    groups = {}
    groups.setdefault("a", Group()).add()
    groups.get("a").add()
    groups.pop("a").add()
def fallback(): {}.get("a", one)()
main()
fallback()
#> m: fallback main
#> fallback: one
#> main: Group.add
""",
    "single dispatch": """
from functools import singledispatch
@singledispatch
def show(value): pass
@show.register
def show_int(value: int): pass
@show.register(str)
def show_text(value): pass
def main():
    show(1.5)
    show(1)
    show("a")
main()
#> m: main
#> main: show show_int show_text
""",
    "recursion and mutual recursion": """
def even(count): return count == 0 or odd(count - 1)
def odd(count): return count != 0 and even(count - 1)
def walk(tree): return [walk(part) for part in tree]
even(2)
walk([[]])
#> m: even walk
#> even: odd
#> odd: even
#> walk: walk
""",
    "fluent calls": """
class Query:
    def where(self): return self
    def order(self): return self
    def all(self): return [Row()]
class Row:
    def read(self): pass
class Narrow(Query):
    def order(self): return self
def main():
    for row in Query().where().order().all():
        row.read()
def other(): Narrow().where().order()
main()
other()
#> m: main other
#> main: Query.all Query.order Query.where Row.read
#> other: Narrow.order Query.where
""",
    "inner classes and classes in functions": """
class Outer:
    class Inner:
        def run(self): pass
    def make(self): return self.Inner()
def factory():
    class Made(Outer.Inner):
        def run(self): return super().run()
    return Made
def main():
    Outer().make().run()
    Outer.Inner().run()
def made(): factory()().run()
main()
made()
#> m: made main
#> factory.Made.run: Outer.Inner.run
#> made: factory factory.Made.run
#> main: Outer.Inner.run Outer.make
""",
    "new": """
class Single:
    held = None
    def __new__(cls, *args):
        if cls.held is None:
            cls.held = super().__new__(cls)
        return cls.held
    def __init__(self, value): self.start()
    def start(self): pass
def main(): Single(1).start()
main()
#> m: main
#> Single.__init__: Single.start
#> main: Single.__init__ Single.__new__ Single.start
""",
    "bound methods as values": """
class Work:
    def run(self): self.step()
    def step(self): pass
def call(function): function()
def main():
    run = Work().run
    run()
    call(Work().step)
def unbound(): Work.run(Work())
main()
unbound()
#> m: main unbound
#> Work.run: Work.step
#> call: Work.step
#> main: Work.run call
#> unbound: Work.run
""",
    "global names": """
def one(): pass
def two(): pass
handler = one
def change():
    global handler
    handler = two
def call(): handler()
call()
change()
call()
#> m: call change
#> call: one two
""",
    "function attributes": """
def one(): pass
def call(): call.handler()
call.handler = one
call()
#> m: call
#> call: one
""",
    "observer": """
class Bus:
    def __init__(self): self.handlers = {}
    def on(self, name, handler): self.handlers.setdefault(name, []).append(handler)
    def emit(self, name, *args):
        for handler in self.handlers.get(name, []):
            handler(*args)
class Listener:
    def __init__(self, bus): bus.on("a", self.heard)
    def heard(self, value): pass
def main():
    bus = Bus()
    Listener(bus)
    bus.emit("a", 1)
main()
#> m: main
#> Bus.emit: Listener.heard
#> Listener.__init__: Bus.on
#> main: Bus.__init__ Bus.emit Listener.__init__
""",
    "visitor by name": """
class Visitor:
    def visit(self, name): return getattr(self, "visit_" + name)()
    def visit_one(self): pass
    def visit_two(self): pass
def main():
    Visitor().visit("one")
    Visitor().visit("two")
main()
#> m: main
#> Visitor.visit: Visitor.visit_one Visitor.visit_two
#> main: Visitor.visit
""",
    "containers derived from": """
class Item:
    def use(self): pass
class Items(list):
    def first(self): return self[0]
class Table(dict):
    def __missing__(self, key): return Item()
def main():
    items = Items([Item()])
    for item in items:
        item.use()
def missing(): Table()["a"].use()
main()
missing()
#> m: main missing
#> main: Item.use
#> missing: Item.use Table.__missing__
""",
    "abstract classes and protocols": """
from abc import ABC, abstractmethod
class Base(ABC):
    @abstractmethod
    def run(self): ...
    @property
    @abstractmethod
    def name(self): ...
class Real(Base):
    def run(self): pass
    @property
    def name(self): return "a"
def main():
    real = Real()
    real.run()
    return real.name
main()
#> m: main
#> main: Real.name Real.run
""",
    "slots, class getitem and del": """
class Typed:
    def __class_getitem__(cls, item): return cls
    def run(self): pass
def main(): Typed[int]().run()
main()
#> m: main
#> main: Typed.__class_getitem__ Typed.run
""",
    "exit stack and closing": """
from contextlib import ExitStack, closing, suppress
class File:
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def close(self): pass
    def read(self): pass
def done(): pass
def main():
    with ExitStack() as stack:
        stack.enter_context(File()).read()
        stack.callback(done)
def closed():
    with closing(File()) as file:
        file.read()
main()
closed()
#> m: closed main
#> closed: File.close File.read
#> main: File.__enter__ File.__exit__ File.read done
""",
    "copies and joined lists": """
import copy
class Item:
    def use(self): pass
def one(): pass
def two(): pass
def main():
    copy.copy(Item()).use()
    for function in [one] + [two]:
        function()
def dicts():
    table = {**{"a": one}, **{"b": two}}
    table["a"]()
def starred():
    for function in [*[one], two]:
        function()
main()
dicts()
starred()
#> m: dicts main starred
#> dicts: one
#> main: Item.use one two
#> starred: one two
""",
    "itertools": """
from itertools import chain, groupby, islice
class Item:
    def use(self): pass
def kind(item): return 1
def main():
    for item in chain([Item()], []):
        item.use()
def grouped():
    for _, group in groupby([Item()], key=kind):
        for item in group:
            item.use()
def few():
    for item in islice([Item()], 1):
        item.use()
main()
grouped()
few()
#> m: few grouped main
#> few: Item.use
#> grouped: Item.use kind
#> main: Item.use
""",
    "attrgetter and methodcaller": """
from operator import attrgetter, methodcaller
class Item:
    @property
    def size(self): return 1
    def use(self): pass
def main(): sorted([Item()], key=attrgetter("size"))
def called(): methodcaller("use")(Item())
main()
called()
#> m: called main
#> called: Item.use
#> main: Item.size
""",
    "lru cache": """
from functools import lru_cache
class Item:
    def use(self): pass
@lru_cache(maxsize=None)
def make(): return Item()
class Holder:
    @lru_cache
    def part(self): return Item()
def main():
    make().use()
    Holder().part().use()
main()
#> m: main
#> main: Holder.part Item.use make
""",
    "type of self": """
class Node:
    def copy(self): return type(self)()
    def again(self): return self.__class__()
    def use(self): pass
class Leaf(Node):
    def use(self): pass
def main():
    Node().copy().use()
    Leaf().again().use()
main()
#> m: main
#> main: Leaf.use Node.again Node.copy Node.use
""",
    "default arguments": """
def one(): pass
def two(): pass
def call(function=one): function()
def made(held=None):
    if held is None:
        held = two
    held()
call()
call(two)
made()
#> m: call made
#> call: one two
#> made: two
""",
    "string conversion": """
class Item:
    def __repr__(self): return "a"
class Other:
    def __str__(self): return "b"
def main():
    print(Other())
    "{}".format(Other())
    "%s" % Other()
    return repr(Item())
main()
#> m: main
#> main: Item.__repr__ Other.__str__
""",
    "star import": """
# file: helpers.py
def one(): pass
def two(): pass
def _hidden(): pass
# file: main.py
from helpers import *
def run(): one()
run()
two()
#> main: helpers.two main.run
#> main.run: helpers.one
""",
    "re-export": """
# file: pkg/__init__.py
from .inner import one as renamed
from . import inner
# file: pkg/inner.py
def one(): pass
class Item:
    def use(self): pass
# file: main.py
import pkg
from pkg import renamed
def run():
    renamed()
    pkg.renamed()
    pkg.inner.Item().use()
run()
#> main: main.run
#> main.run: pkg.inner.Item.use pkg.inner.one
""",
    "relative imports": """
# file: pkg/__init__.py
# file: pkg/low/__init__.py
# file: pkg/low/deep.py
from ..base import one
from .. import base
def run():
    one()
    base.two()
# file: pkg/base.py
def one(): pass
def two(): pass
# file: main.py
from pkg.low.deep import run
run()
#> main: pkg.low.deep.run
#> pkg.low.deep.run: pkg.base.one pkg.base.two
""",
    "conditional imports": """
# file: fast.py
def work(): pass
# file: slow.py
def work(): pass
# file: main.py
import sys
try:
    from missing_for_sure import work
except ImportError:
    from slow import work
def run(): work()
def inner():
    import fast
    fast.work()
run()
inner()
#> main: main.inner main.run
#> main.inner: fast.work
#> main.run: slow.work
""",
    "cyclic imports": """
# file: left.py
import right
def one(): right.two()
def three(): pass
# file: right.py
import left
def two(): left.three()
# file: main.py
import left
left.one()
#> left.one: right.two
#> main: left.one
#> right.two: left.three
""",
    "classes across modules": """
# file: base.py
class Base:
    def run(self): return self.step()
    def step(self): pass
# file: derived.py
from base import Base
class Derived(Base):
    def step(self): super().step()
# file: main.py
import derived as other
def main():
    other.Derived().run()
    other.Base().run()
main()
#> base.Base.run: base.Base.step derived.Derived.step
#> derived.Derived.step: base.Base.step
#> main: main.main
#> main.main: base.Base.run
""",
    "values across modules": """
# file: config.py
def one(): pass
HANDLERS = {"a": one}
handler = one
# file: main.py
import config
from config import HANDLERS
def run():
    HANDLERS["a"]()
    config.handler()
run()
#> main: main.run
#> main.run: config.one
""",
    "extended and sorted lists": """
class Item:
    def use(self): pass
    def order(self): return 1
def main():
    held = []
    held.append(Item())
    held += [Item()]
    held.extend([Item()])
    for item in reversed(held):
        item.use()
    held.sort(key=Item.order)
    held.sort(key=lambda one: one.order())
    held.pop().use()
main()
#> m: main
#> main: Item.order Item.use main.<lambda>
#> main.<lambda>: Item.order
""",
    "match on either class": """
class Cat:
    def say(self): pass
class Dog:
    def say(self): pass
class Fish:
    def swim(self): pass
def speak(animal):
    match animal:
        case Cat() | Dog():
            animal.say()
        case Fish() as fish if fish.swim():
            pass
speak(Cat())
speak(Dog())
speak(Fish())
#> m: speak
#> speak: Cat.say Dog.say Fish.swim
""",
    "match on a dataclass by position": """
from dataclasses import dataclass
@dataclass
class Step:
    name: str
    action: object
def one(): pass
def main(steps):
    match steps:
        case [Step(_, action), *rest]:
            action()
main([Step("a", one), Step("b", one)])
#> m: main
#> main: one
""",
    "total ordering": """
from functools import total_ordering
@total_ordering
class Size:
    def __init__(self, value): self.value = value
    def __eq__(self, other): return self.value == other.value
    def __lt__(self, other): return self.value < other.value
def main(): return Size(1) >= Size(2)
main()
#> m: main
#> main: Size.__init__ Size.__lt__
""",
    "errors that derive": """
class Failure(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code
        self.note()
    def note(self): pass
class Worse(Failure):
    def __init__(self): super().__init__(2)
    def __str__(self): return "a"
def risky(): raise Worse
def main():
    try:
        risky()
    except (KeyError, Failure) as error:
        error.note()
        return str(error)
main()
#> m: main
#> Failure.__init__: Failure.note
#> Worse.__init__: Failure.__init__
#> main: Failure.note Worse.__str__ risky
#> risky: Worse.__init__
""",
    "setter of a derived class": """
class Base:
    @property
    def name(self): return self._name
    @name.setter
    def name(self, value): self._name = self.clean(value)
    def clean(self, value): return value
class Derived(Base):
    @Base.name.setter
    def name(self, value): self._name = value
def main():
    one = Base()
    one.name = "a"
    return one.name
main()
#> m: main
#> Base.name: Base.clean
#> main: Base.name
""",
    "arguments that are handed on to super": """
class Base:
    def __init__(self, *, action=None, **rest): self.action = action
    def run(self): self.action()
class Middle(Base):
    def __init__(self, name, **kwargs): super().__init__(**kwargs)
class Derived(Middle):
    def __init__(self, *args, **kwargs): super().__init__(*args, **kwargs)
def one(): pass
def main(): Derived("a", action=one).run()
main()
#> m: main
#> Base.run: one
#> Derived.__init__: Middle.__init__
#> Middle.__init__: Base.__init__
#> main: Base.run Derived.__init__
""",
    "registry by metaclass": """
class Meta(type):
    registry = {}
    def __new__(mcs, name, bases, space):
        made = super().__new__(mcs, name, bases, space)
        mcs.registry[name] = made
        made.prepare()
        return made
class Base(metaclass=Meta):
    @classmethod
    def prepare(cls): pass
def main(): Meta.registry["Base"]()
main()
#> m: Meta.__new__ main
#> Meta.__new__: Base.prepare
""",
    "setattr and delattr": """
class Traced:
    def __setattr__(self, name, value): object.__setattr__(self, name, value)
    def __delattr__(self, name): pass
def write(one): one.name = 1
def delete(one): del one.name
one = Traced()
write(one)
delete(one)
#> m: delete write
#> delete: Traced.__delattr__
#> write: Traced.__setattr__
""",
    "lazily made attribute": """
class Client:
    def get(self): pass
class Service:
    _client = None
    def client(self):
        if self._client is None:
            self._client = Client()
        return self._client
    def run(self): self.client().get()
Service().run()
#> m: Service.run
#> Service.run: Client.get Service.client
""",
    "generic class": """
from typing import Generic, TypeVar
T = TypeVar("T")
class Item:
    def use(self): pass
class Stack(Generic[T]):
    def __init__(self): self.items: list[T] = []
    def push(self, item: T): self.items.append(item)
    def pop(self) -> T: return self.items.pop()
def main():
    stack = Stack[Item]()
    stack.push(Item())
    stack.pop().use()
main()
#> m: main
#> main: Item.use Stack.__init__ Stack.pop Stack.push
""",
    "async comprehension and for": """
import asyncio
class Item:
    def use(self): pass
async def stream():
    yield Item()
async def load(): return Item()
async def main():
    items = [item async for item in stream()]
    items[0].use()
    return [(await load()).use() for _ in range(1)]
asyncio.run(main())
#> m: main
#> main: Item.use load stream
""",
    "zip of stars and nested unpacking": """
def one(): pass
def two(): pass
def main():
    names, functions = zip(*[("a", one), ("b", one)])
    functions[0]()
    for at, (name, function) in enumerate([("a", two)]):
        function()
    (left, [right]) = (1, [one])
    right()
main()
#> m: main
#> main: one two
""",
    "dict update and merge": """
def one(): pass
def two(): pass
def main():
    table = {}
    table.update({"a": one})
    table.update(b=two)
    table["a"]()
    table["b"]()
    other = dict(a=one)
    other["a"]()
    joined = {"a": one} | {"b": two}
    joined["b"]()
    made = dict([("a", one)])
    made["a"]()
    for key, function in sorted(table.items()):
        function()
main()
#> m: main
#> main: one two
""",
    "strategies by class in a table": """
class Fast:
    def go(self): pass
class Slow:
    def go(self): pass
KINDS = {"fast": Fast, "slow": Slow}
def make(kind): return KINDS[kind]()
def main():
    make("fast").go()
    make("slow").go()
main()
#> m: main
#> main: Fast.go Slow.go make
""",
    "builder": """
class Builder:
    def __init__(self): self.parts = []
    def add(self, part):
        self.parts.append(part)
        return self
    def build(self): return Whole(self.parts)
class Whole:
    def __init__(self, parts): self.parts = parts
    def run(self):
        for part in self.parts:
            part.run()
class Part:
    def run(self): pass
def main(): Builder().add(Part()).add(Part()).build().run()
main()
#> m: main
#> Builder.build: Whole.__init__
#> Whole.run: Part.run
#> main: Builder.__init__ Builder.add Builder.build Whole.run
""",
    "linked nodes": """
class Node:
    def __init__(self, after=None): self.after = after
    def visit(self): pass
def main():
    node = Node(Node())
    while node is not None:
        node.visit()
        node = node.after
main()
#> m: main
#> main: Node.__init__ Node.visit
""",
    "state machine of methods": """
class Machine:
    def __init__(self): self.state = self.start
    def start(self): self.state = self.stop
    def stop(self): self.state = None
    def run(self):
        while self.state:
            self.state()
Machine().run()
#> m: Machine.__init__ Machine.run
#> Machine.run: Machine.start Machine.stop
""",
    "memo by hand": """
CACHE = {}
class Item:
    def use(self): pass
def get(name):
    try:
        return CACHE[name]
    except KeyError:
        CACHE[name] = made = Item()
        return made
def main(): get("a").use()
main()
#> m: main
#> main: Item.use get
""",
    "property that gives a function": """
class Holder:
    def __init__(self, function): self._function = function
    @property
    def handler(self): return self._function
    def run(self): self.handler()
def one(): pass
Holder(one).run()
#> m: Holder.__init__ Holder.run
#> Holder.run: Holder.handler one
""",
    "class method through an instance and alias": """
class Maker:
    @classmethod
    def make(cls): return cls()
    @staticmethod
    def help(): pass
    build = make
def main():
    Maker().make().help()
    Maker.build().help()
main()
#> m: main
#> main: Maker.help Maker.make
""",
    "with several and nested": """
class Lock:
    def __enter__(self): return Held()
    def __exit__(self, *error): return False
class Held:
    def use(self): pass
class Holder:
    def __init__(self): self.lock = Lock()
    def run(self):
        with self.lock as one, Lock() as two:
            one.use()
            two.use()
Holder().run()
#> m: Holder.__init__ Holder.run
#> Holder.run: Held.use Lock.__enter__ Lock.__exit__
""",
    "contextmanager method and decorator": """
from contextlib import contextmanager, ContextDecorator
class Base:
    @contextmanager
    def opened(self):
        self.start()
        try:
            yield self
        finally:
            self.stop()
    def start(self): pass
    def stop(self): pass
    def use(self): pass
def main():
    with Base().opened() as held:
        held.use()
main()
#> m: main
#> Base.opened: Base.start Base.stop
#> main: Base.opened Base.use
""",
    "type alias and cast": """
from typing import cast, Union
class Left:
    def run(self): pass
class Right:
    def run(self): pass
Either = Union[Left, Right]
def use(one: Either): one.run()
def casted(one): cast(Left, one).run()
def casted_text(one): cast("Right", one).run()
use(eval("Left()"))
use(eval("Right()"))
casted(eval("Left()"))
casted_text(eval("Right()"))
#> m: casted casted_text use
#> casted: Left.run
#> casted_text: Right.run
#> use: Left.run Right.run
""",
    "callable in a keyword dict": """
def one(): pass
def run(**options): options.get("action")()
def start(options): run(**options)
start({"action": one})
#> m: start
#> run: one
#> start: run
""",
    "counter of instances in class attribute": """
class Pool:
    free = []
    @classmethod
    def take(cls):
        if cls.free:
            return cls.free.pop()
        return Worker()
    @classmethod
    def give(cls, worker): cls.free.append(worker)
class Worker:
    def work(self): pass
def main():
    worker = Pool.take()
    worker.work()
    Pool.give(worker)
main()
#> m: main
#> main: Pool.give Pool.take Worker.work
""",
    "dataclass replace, asdict and inheritance": """
from dataclasses import dataclass, replace
def one(): pass
@dataclass
class Base:
    action: object = None
    def run(self): self.action()
@dataclass(frozen=True)
class Alone:
    action: object
    def run(self): self.action()
@dataclass
class Derived(Base):
    name: str = ""
def main():
    Derived(one, "a").run()
    replace(Alone(one)).run()
main()
#> m: main
#> Alone.run: one
#> Base.run: one
#> main: Alone.run Base.run
""",
    "try else finally": """
def one(): pass
def two(): pass
def three(): pass
def main():
    try:
        one()
    except ValueError:
        held = None
    else:
        held = two
        held()
    finally:
        three()
main()
#> m: main
#> main: one three two
""",
    "next with default and iter of class": """
class Item:
    def use(self): pass
class Items:
    def __init__(self): self.held = [Item()]
    def __iter__(self): return iter(self.held)
    def __len__(self): return 1
    def __contains__(self, item): return True
def main():
    items = Items()
    next(iter(items)).use()
    next((item for item in items), None).use()
    list(items)[0].use()
    [*items][0].use()
    return len(items), 1 in items
main()
#> m: main
#> main: Item.use Items.__contains__ Items.__init__ Items.__iter__ Items.__len__
""",
    "init that calls an overridden method": """
class Base:
    def __init__(self): self.setup()
    def setup(self): pass
class Derived(Base):
    def setup(self):
        super().setup()
        self.part = Part()
    def run(self): self.part.use()
class Part:
    def use(self): pass
def main():
    Base()
    Derived().run()
main()
#> m: main
#> Base.__init__: Base.setup Derived.setup
#> Derived.run: Part.use
#> Derived.setup: Base.setup
#> main: Base.__init__ Derived.run
""",
    "classes as values in parameters": """
class One:
    def run(self): pass
def build(cls, *args): return cls(*args)
def main(): build(One).run()
main()
#> m: main
#> main: One.run build
""",
    "functools wraps on class decorator method": """
import functools
class Retry:
    def __init__(self, times): self.times = times
    def __call__(self, function):
        @functools.wraps(function)
        def inner(*args): return function(*args)
        return inner
@Retry(3)
def work(): pass
def main(): work()
main()
#> m: Retry.__call__ Retry.__init__ main
#> Retry.__call__.inner: work
#> main: Retry.__call__.inner
""",
    "signals": """
class Signal:
    def __init__(self): self.receivers = []
    def connect(self, receiver):
        self.receivers.append(receiver)
        return receiver
    def send(self, **kwargs): return [receiver(**kwargs) for receiver in self.receivers]
saved = Signal()
@saved.connect
def on_saved(**kwargs): pass
saved.send(value=1)
#> m: Signal.__init__ Signal.connect Signal.send
#> Signal.send: on_saved
""",
    "router of methods": """
class App:
    def __init__(self): self.routes = {}
    def route(self, path):
        def keep(function):
            self.routes[path] = function
            return function
        return keep
    def handle(self, path): return self.routes[path]()
app = App()
@app.route("/")
def index(): pass
app.handle("/")
#> m: App.__init__ App.handle App.route App.route.keep
#> App.handle: index
""",
    "nested functions and defaults that capture": """
def one(): pass
def main():
    calls = []
    for function in [one]:
        calls.append(lambda held=function: held())
    for call in calls:
        call()
main()
#> m: main
#> main: main.<lambda>
#> main.<lambda>: one
""",
    "recursive descent by self methods table": """
class Parser:
    def __init__(self): self.rules = {"a": self.rule_a, "b": self.rule_b}
    def rule_a(self): return self.parse("b")
    def rule_b(self): return 1
    def parse(self, name): return self.rules[name]()
Parser().parse("a")
#> m: Parser.__init__ Parser.parse
#> Parser.parse: Parser.rule_a Parser.rule_b
#> Parser.rule_a: Parser.parse
""",
    "weak references and copies": """
import weakref
class Item:
    def use(self): pass
def main():
    item = Item()
    weakref.ref(item)().use()
main()
#> m: main
#> main: Item.use
""",
    "queue and deque": """
from collections import deque, OrderedDict
from queue import Queue
def one(): pass
def main():
    held = deque([one])
    held.append(one)
    held.popleft()()
    waiting = Queue()
    waiting.put(one)
    waiting.get()()
    ordered = OrderedDict()
    ordered["a"] = one
    ordered["a"]()
main()
#> m: main
#> main: one
""",
}
_LAMBDA = re.compile(r"<lambda\d+>")


def files_of(program: str) -> dict[str, str]:
    """Split a program into its files; a program of one file is the module ``m``."""
    parts = re.split(r"^# file: (.*)\n", program, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)) or {"m.py": program}


def calls_said(program: str) -> set[tuple[str, str]]:
    """Give the calls that a program says it makes."""
    lines = re.findall(r"^#> (\S+): (.*)$", program, flags=re.MULTILINE)
    return {(caller, callee) for caller, callees in lines for callee in callees.split()}


def calls_found(folder: Path, files: dict[str, str]) -> set[tuple[str, str]]:
    """Give the calls between functions of a program that the analysis finds."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    modules = {path.removesuffix(".py").removesuffix("/__init__") for path in files}
    found = set()
    for caller, callees in call_graph(folder).items():
        for callee in callees:
            ends = [_LAMBDA.sub("<lambda>", name) for name in (caller, callee)]
            tops = {module.replace("/", ".").partition(".")[0] for module in modules}
            if all(end.partition(".")[0] in tops for end in ends):
                found.add((ends[0].removeprefix("m."), ends[1].removeprefix("m.")))
    return found


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_calls_of_a_program_are_those_that_it_makes(program: str, tmp_path: Path) -> None:
    assert calls_found(tmp_path, files_of(program)) == calls_said(program)
