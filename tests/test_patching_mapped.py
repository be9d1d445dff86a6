"""Classes mapped by SQLAlchemy keep their place among others, whatever an edit does to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers import Project
from session import Session, session

pytest.importorskip("sqlalchemy")

HEAD = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
"""
BASE = "class Base(DeclarativeBase): pass\n"
STAMPED = "class Stamped:\n    made: Mapped[int] = mapped_column(default=1)\n"
USER = """class User(Stamped, Base):
    __tablename__ = 'user'
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default='x')
    posts: Mapped[list['Post']] = relationship(back_populates='user')
    def hello(self): return 'hi ' + self.name
"""
POST = """class Post(Base):
    __tablename__ = 'post'
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey('user.id'))
    user: Mapped['User'] = relationship(back_populates='posts')
"""
MODELS = HEAD + BASE + STAMPED + USER + POST
TRIP = """
import models
from models import Base, User
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

def trip():
    engine = create_engine('sqlite://')
    models.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(models.User(name='a', posts=[models.Post()]))
        session.commit()
        user = session.scalars(select(models.User)).one()
        found = user.hello(), user.posts[0].user is user, sorted(models.User.__table__.columns.keys())
    engine.dispose()
    return found

trip()
old = User(name='old')
"""
COLUMNS = ["id", "made", "name"]


@pytest.fixture
def live(project: Project) -> Iterator[Session]:
    """A session that follows all modules."""
    with session() as opened:
        yield opened


@pytest.fixture
def models(live: Session, project: Project) -> Session:
    """A session with two classes that are related, and that have been used."""
    project({"models.py": MODELS})
    live.cell(TRIP)
    return live


def assert_works(live: Session, columns: list[str] = COLUMNS) -> None:
    """The classes can be stored and loaded, and what was there before is of them."""
    live.check()
    assert ([], []) == (list(live.report.failures), list(live.report.notes))
    assert live.value("trip()") == ("hi a", True, columns)
    assert live.value("(models.User is User, isinstance(old, User), old.hello())") == (True, True, "hi old")


def test_mixin_is_taken_and_comes_back(models: Session, project: Project) -> None:
    """A class that loses a mixin, and gets it again, stays with its relationships."""
    kept = models.value("User")
    project.sub("models.py", "class User(Stamped, Base)", "class User(Base)")
    assert_works(models, ["id", "name"])
    project.sub("models.py", "class User(Base)", "class User(Stamped, Base)")
    assert_works(models)
    assert models.value("User") is kept


def test_models_are_split_into_a_package(models: Session, project: Project) -> None:
    """Mapped classes that move to new files are the same objects, and their tables are made once."""
    kept, again = models.value("User"), HEAD + "from .base import Base\n"
    project.delete("models.py")
    project(
        {
            "models/__init__.py": "from .base import Base\nfrom .user import User\nfrom .post import Post\n",
            "models/base.py": HEAD + BASE,
            "models/user.py": again + STAMPED + USER,
            "models/post.py": again + POST,
        }
    )
    assert_works(models)
    assert models.value("(User.__module__, User)") == ("models.user", kept)


def test_table_gets_another_name(models: Session, project: Project) -> None:
    """Relationships and foreign keys lead to the class that takes the place of the old one."""
    project.sub("models.py", "__tablename__ = 'user'", "__tablename__ = 'users'")
    project.sub("models.py", "'user.id'", "'users.id'")
    assert_works(models)
    assert models.value("sorted(Base.metadata.tables)") == ["post", "users"]


def test_class_moves_to_a_file_that_its_old_one_does_not_import(models: Session, project: Project) -> None:
    """The relationship that had led to it is looked up anew."""
    project.sub("models.py", POST, "")
    project({"posts.py": HEAD + "from models import Base\n" + POST})
    models.cell("import posts; models.Post = posts.Post")
    assert_works(models)


def test_related_class_goes_and_comes_back(models: Session, project: Project) -> None:
    """Without the class nothing leads to it; with it all is as before."""
    project.sub("models.py", POST, "")
    project.sub("models.py", "    posts: Mapped[list['Post']] = relationship(back_populates='user')\n", "")
    models.check()
    assert models.value("(sorted(Base.metadata.tables), User().name)") == (["user"], None)
    project({"models.py": MODELS})
    assert_works(models)


FAMILY = (
    HEAD
    + BASE
    + """class Pet(Base):
    __tablename__ = 'pet'
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default='x')
    __mapper_args__ = {'polymorphic_on': 'kind', 'polymorphic_identity': 'pet'}
    def hello(self): return 'pet ' + self.name
class Dog(Pet):
    bark: Mapped[int] = mapped_column(default=1, nullable=True)
    __mapper_args__ = {'polymorphic_identity': 'dog'}
class Cat(Pet):
    __tablename__ = 'cat'
    id: Mapped[int] = mapped_column(ForeignKey('pet.id'), primary_key=True)
    claws: Mapped[int] = mapped_column(default=1, nullable=True)
    __mapper_args__ = {'polymorphic_identity': 'cat'}
"""
)
PETS = """
import models
from models import Cat, Dog
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

def pets():
    engine = create_engine('sqlite://')
    models.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([models.Pet(name='a'), Dog(name='b'), Cat(name='c')])
        session.commit()
        session.expunge_all()
        found = [(type(pet).__name__, pet.hello()) for pet in session.scalars(select(models.Pet))]
    engine.dispose()
    return sorted(found)

pets()
dog = Dog(name='old')
"""


@pytest.mark.filterwarnings("error")
def test_family_of_mapped_classes_follows(live: Session, project: Project) -> None:
    """Columns of a class and of those that inherit it, in its table and in their own, come and go."""
    project({"models.py": FAMILY})
    live.cell(PETS)
    column = " Mapped[int] = mapped_column(default=1, nullable=True)\n"
    for place in ("    name:", "    bark:", "    claws:"):
        project.sub("models.py", place, f"    more_{place.strip()}{column}{place}")
        live.check()
        assert ([], []) == (list(live.report.failures), list(live.report.notes))
        assert live.value("pets()") == [("Cat", "pet c"), ("Dog", "pet b"), ("Pet", "pet a")]
        assert live.value("(isinstance(dog, models.Dog), models.Dog is Dog, dog.hello())") == (True, True, "pet old")
    names = ["bark", "id", "kind", "more_bark", "more_name", "name"]
    assert live.value("sorted(Dog.__table__.columns.keys())") == names
    project({"models.py": FAMILY})
    live.check()
    assert live.value("sorted(Dog.__table__.columns.keys())") == ["bark", "id", "kind", "name"]
    assert live.value("pets()") == [("Cat", "pet c"), ("Dog", "pet b"), ("Pet", "pet a")]


LINKED = (
    HEAD
    + "from sqlalchemy import Column, String, Table\n"
    + BASE
    + """link = Table('link', Base.metadata, Column('a', ForeignKey('post.id')), Column('b', ForeignKey('tag.id')))
class Post(Base):
    __tablename__ = 'post'
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[list['Tag']] = relationship(secondary={}, back_populates='posts')
class Tag(Base):
    __tablename__ = 'tag'
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list['Post']] = relationship(secondary={}, back_populates='tags')
"""
)
TAGS = """
import models
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

def tags():
    engine = create_engine('sqlite://')
    models.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(models.Post(tags=[models.Tag(), models.Tag()]))
        session.commit()
        post = session.scalars(select(models.Post)).one()
        found = len(post.tags), post.tags[0].posts == [post], sorted(models.Base.metadata.tables)
    engine.dispose()
    return found

tags()
"""


@pytest.mark.parametrize("secondary", ["link", "'link'"])
def test_table_between_two_classes_is_made_again(live: Session, project: Project, secondary: str) -> None:
    """Relationships go by way of the new table, be it given itself or by its name."""
    project({"models.py": LINKED.format(secondary, secondary)})
    live.cell(TAGS)
    project.sub("models.py", "Column('b'", "Column('note', String), Column('b'")
    live.check()
    assert ([], []) == (list(live.report.failures), list(live.report.notes))
    assert live.value("tags()") == (2, True, ["link", "post", "tag"])
    project.sub("models.py", "'tag'", "'tags'")
    project.sub("models.py", "'tag.id'", "'tags.id'")
    live.check()
    assert ([], []) == (list(live.report.failures), list(live.report.notes))
    assert live.value("tags()") == (2, True, ["link", "post", "tags"])
