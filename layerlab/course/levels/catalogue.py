"""Catalogue: two levels for each lesson from 00 to 09, as plain data.

`level("02.empty-layer")` shows one. CONTRIBUTING says how to add one.
"""

from layerlab.benches.build_bench import BUILT, FILES, KEY
from layerlab.benches.example import CATALOG, SITE
from layerlab.benches.process_bench import ORPHAN, PROGRAMS, ContainerAct, Offered
from layerlab.course.levels.facts import Fact
from layerlab.course.levels.level import AnyLevel, BenchLevel, Cheat, Level, WrongWay

_INDEX, _PAGES, _UPLOAD, _SECRET = f"{SITE}index.html", SITE.rstrip("/"), "upload-1", "etc/deploy.env"
_WEB, _JOB, _MAIL, _CRON = (f"docker run --detach --name {name} shop" for name in ("web", "job", "mail", "cron"))

_PAGE, _BUILD = "site/index.html", ("build",)
_SERVICE = "a service, then a server"
_OFFERED = Offered(
    {name: PROGRAMS[name] for name in (_SERVICE, "a server that hears TERM", "a trap, but the server in front")},
    {"dash": "dash"},
    ("TERM", "KILL"),
)
_STOP, _ORPHAN = ContainerAct("stop", "web"), ContainerAct("exec", "web", ORPHAN)
_TEN = ContainerAct("tick", "web", seconds=10)


def _run(program: str, *, init: bool = False) -> ContainerAct:
    return ContainerAct("run", "web", PROGRAMS[program], init=init)


def _byte(name: str, path: str = CATALOG) -> str:
    return f"docker exec {name} sh -c 'printf ! >> /{path}'"


def _built(step: str, image: str = "shop") -> str:
    return f"printf '%s\\n' 'FROM {image}' '{step}' | docker build --tag {image} --file - ."


ALL: tuple[AnyLevel, ...] = (
    Level(
        id="00.three-containers",
        task="Run three containers on shop, and let one of them write one byte.",
        way=(_WEB, _JOB, _MAIL, _byte("web")),
        facts=(Fact("containers"), Fact("bytes")),
        verbs=("run", "append"),
        hints=(
            "Press one button, and see what it adds to the bytes of this host.",
            "A container that has not written anything adds nothing. How often does one byte have to be written?",
        ),
        wrong=(
            WrongWay("2a", (_WEB, _JOB, _MAIL, _CRON), "each container had a copy of the image"),
            WrongWay("6", (_WEB, _byte("web"), _byte("web")), "a write cost only the bytes that it writes"),
        ),
    ),
    Level(
        id="00.same-in-all",
        task="web has changed catalog.db. Make the same change in job and in mail.",
        start=(_WEB, _JOB, _MAIL, _byte("web")),
        way=(_byte("job"), _byte("mail")),
        facts=tuple(Fact("file", name, CATALOG) for name in ("web", "job", "mail")),
        verbs=("run", "append"),
        choose=("container",),
        hints=("Each container has a thin layer of its own. Choose the container before you write.",),
        wrong=(
            WrongWay("22", (_byte("web"),), "all containers read what one of them writes"),
            WrongWay("22", (_CRON,), "a new container brought the change along"),
        ),
        cheats=(Cheat((_byte("job"), _byte("mail"), _byte("web")), (Fact("file", "web", CATALOG),)),),
    ),
    Level(
        id="01.lower-part",
        task="Keep only the lower part of shop on this host: Apache, without the site.",
        way=("docker build --tag shop-3 --file Dockerfile.up-to-layer-3 .", "docker rmi shop"),
        facts=(Fact("shows", "shop-3", "usr/sbin/apache2ctl"), Fact("images"), Fact("bytes")),
        verbs=("add-deletion", "name-height", "remove-image"),
        choose=("path",),
        paths=(CATALOG, SITE),
        steps=False,
        hints=(
            "Look at the bytes of this host after each layer that deletes something.",
            "The lower layers are stored already. They need a name, and then the upper image can go.",
        ),
        wrong=(
            WrongWay("1", (_built(f"RUN rm -r /{_PAGES}"),), "a later layer could take bytes out of an earlier layer"),
            WrongWay("1", (_built(f"RUN rm /{CATALOG}"),), "a later layer could take bytes out of an earlier layer"),
        ),
        cheats=(
            Cheat(
                (
                    "docker build --tag shop-2 --file Dockerfile.up-to-layer-2 .",
                    "docker rmi shop",
                ),
                (Fact("shows", "shop-3", "usr/sbin/apache2ctl"), Fact("bytes")),
            ),
        ),
    ),
    Level(
        id="01.hide-the-pages",
        task="Make shop show no directory /var/www, and a catalog.db that is one byte longer.",
        way=(_built(f"RUN rm -r /{_PAGES}"), _built(f"RUN printf ! >> /{CATALOG}")),
        facts=(Fact("shows", "shop", _PAGES), Fact("shows", "shop", CATALOG)),
        verbs=("add-change", "add-deletion"),
        choose=("path",),
        paths=(CATALOG, SITE, _INDEX),
        hints=(
            "Choose a path in the list first. A path that ends in a slash is a directory.",
            "A layer that changes one page adds that page to the directory. All the other pages still show.",
        ),
        wrong=(
            WrongWay(
                "16", (_built(f"RUN printf ! >> /{_INDEX}"),), "a directory in an upper layer replaced the lower one"
            ),
        ),
        cheats=(
            Cheat((_built(f"RUN rm -r /{_PAGES}"), _built(f"RUN rm /{CATALOG}")), (Fact("shows", "shop", CATALOG),)),
        ),
    ),
    Level(
        id="02.empty-layer",
        task="Empty the thin layer of job, so that job reads the catalog.db of the image again.",
        start=(_WEB, _JOB, _byte("job")),
        way=("docker stop job", "docker rm job", _JOB),
        facts=(Fact("state", "job"), Fact("thin", "job"), Fact("file", "job", CATALOG)),
        verbs=("run", "stop", "start", "remove", "delete"),
        choose=("container",),
        steps=False,
        prompt=True,
        hints=(
            "A thin layer belongs to one container, and it stays as long as that container does.",
            "Docker removes only a container that is stopped. A new container can have the same name.",
        ),
        wrong=(
            WrongWay(
                "17", (f"docker exec job rm /{CATALOG}",), "a delete took away only the copy, and left no whiteout"
            ),
            WrongWay("3", ("docker stop job", "docker start job"), "a stop emptied the thin layer"),
        ),
        cheats=(
            Cheat((f"docker exec job rm /{CATALOG}",), (Fact("file", "job", CATALOG),)),
            Cheat(
                ("docker stop job", "docker rm job"),
                (Fact("state", "job"), Fact("thin", "job"), Fact("file", "job", CATALOG)),
            ),
            Cheat(("docker stop job", "docker rm job", _JOB, "docker stop job"), (Fact("state", "job"),)),
        ),
    ),
    Level(
        id="02.one-byte-layer",
        task="Make catalog.db one byte large in web, and remove index.html. The thin layer must contain only that "
        "byte.",
        start=(_WEB,),
        way=(f"docker exec web sh -c 'printf ! > /{CATALOG}'", f"docker exec web rm /{_INDEX}"),
        facts=(Fact("thin", "web"), Fact("file", "web", CATALOG), Fact("file", "web", _INDEX)),
        verbs=("append", "chmod", "delete", "make"),
        choose=("path",),
        paths=(CATALOG, _INDEX),
        steps=False,
        prompt=True,
        hints=(
            "Watch the thin layer: which of the buttons copies the file first?",
            "A file that is written anew needs no copy, because nothing of the old file is kept.",
        ),
        wrong=(
            WrongWay("6", (_byte("web"),), "a container kept only the bytes that it wrote"),
            WrongWay("5", (f"docker exec web chmod 700 /{CATALOG}",), "a new mode needed no copy of the file"),
        ),
        cheats=(
            Cheat(
                (f"docker exec web rm /{CATALOG}", f"docker exec web sh -c 'printf ! > /{_INDEX}'"),
                (Fact("file", "web", CATALOG), Fact("file", "web", _INDEX)),
            ),
        ),
    ),
    Level(
        id="03.make-room",
        task="Make this host store only what the container web needs. web must go on running.",
        images=("coreos/apache", "shop", "blog"),
        start=(_WEB, "docker run --detach --name job blog", _byte("job", "etc/mime.types"), "docker stop job"),
        way=("docker rm job", "docker rmi blog"),
        facts=(Fact("state", "web"), Fact("bytes")),
        verbs=("stop", "remove", "remove-image"),
        choose=("container", "image"),
        steps=False,
        prompt=True,
        hints=(
            "Which layers does web use? Every other layer can go.",
            "Docker refuses to remove an image as long as a container uses it, even if that container is stopped.",
        ),
        wrong=(
            WrongWay("2d", ("docker rmi coreos/apache",), "the size of an image were the space that its removal frees"),
        ),
        cheats=(
            Cheat(("docker rm job", "docker rmi coreos/apache"), (Fact("bytes"),)),
            Cheat(("docker rm job", "docker rmi blog", "docker stop web", "docker rm web"), (Fact("state", "web"),)),
        ),
    ),
    Level(
        id="03.commit-once",
        task="Keep the change of web in an image called web-image. Its bytes must be stored only once.",
        start=(_WEB, _byte("web")),
        way=("docker commit web web-image", "docker stop web", "docker rm web"),
        facts=(Fact("shows", "web-image", CATALOG), Fact("bytes")),
        verbs=("commit", "stop", "remove"),
        prompt=True,
        hints=(
            "What is stored after the commit that was not stored before?",
            "The thin layer of web still contains the copy. It goes with the container.",
        ),
        wrong=(WrongWay("22", ("docker stop web", "docker rm web"), "web wrote its change into the image"),),
        cheats=(Cheat(("docker stop web", "docker rm web"), (Fact("shows", "web-image", CATALOG), Fact("bytes"))),),
    ),
    Level(
        id="04.clean-first",
        task="web contains a changed catalog.db and a file upload-1. Make an image web-image of web. None of its "
        "layers may contain upload-1.",
        start=(_WEB, _byte("web"), f"docker exec web sh -c 'head -c 1000000 /dev/zero > /{_UPLOAD}'"),
        way=(f"docker exec web rm /{_UPLOAD}", "docker commit web web-image"),
        facts=(Fact("shows", "web-image", CATALOG), Fact("kept", "web-image", _UPLOAD)),
        verbs=("delete", "commit", "add-deletion"),
        choose=("image", "path"),
        paths=(_UPLOAD, CATALOG),
        steps=False,
        prompt=True,
        hints=(
            "Which layer contains upload-1, and can a layer above it change that?",
            "Delete the file before it is in a layer of an image.",
        ),
        wrong=(
            WrongWay(
                "1",
                ("docker commit web web-image", _built(f"RUN rm /{_UPLOAD}", "web-image")),
                "a later layer could take a file out of an earlier layer",
            ),
        ),
        cheats=(
            Cheat(
                (
                    f"docker exec web rm /{_UPLOAD}",
                    f"docker exec web rm /{CATALOG}",
                    "docker commit web web-image",
                ),
                (Fact("shows", "web-image", CATALOG),),
            ),
        ),
    ),
    Level(
        id="04.no-secret",
        task="web-image contains a secret, etc/deploy.env. Change this host so that no layer contains that file. "
        "shop must stay.",
        start=(
            _WEB,
            f"docker exec web sh -c 'printf open-sesame > /{_SECRET}'",
            "docker commit web web-image",
            "docker stop web",
            "docker rm web",
            "docker run --detach --name web web-image",
        ),
        way=("docker stop web", "docker rm web", "docker rmi web-image"),
        facts=(Fact("kept here", path=_SECRET), Fact("shows", "shop", CATALOG)),
        verbs=("stop", "remove", "remove-image", "add-deletion"),
        choose=("image", "path"),
        paths=(_SECRET, CATALOG),
        prompt=True,
        steps=False,
        hints=(
            "A layer that deletes the file does not change the layer that contains the file.",
            "Docker keeps a layer as long as any image uses it, and an image as long as any container uses it.",
        ),
        wrong=(
            WrongWay(
                "4a",
                (_built(f"RUN rm /{_SECRET}", "web-image"),),
                "a later layer took the file out of an earlier layer",
            ),
        ),
        cheats=(
            Cheat(
                ("docker stop web", "docker rm web", "docker rmi web-image", "docker rmi shop"),
                (Fact("shows", "shop", CATALOG),),
            ),
        ),
    ),
    Level(
        id="05.more-ids",
        task="Make three images with three ids on this host. The number of layers must stay the same.",
        way=(_built("ENV BUILD=6"), _built("ENV BUILD=7")),
        facts=(Fact("images"), Fact("layers"), Fact("bytes")),
        verbs=("add-files", "metadata", "name-height"),
        prompt=True,
        hints=("An image id is the digest of the metadata. What changes the metadata and no layer?",),
        wrong=(WrongWay("8", (_built("COPY srv/news-5 /srv/"),), "an image id were the digest of the files"),),
        cheats=(
            Cheat(
                (_built("COPY srv/news-5 /srv/"), _built("COPY srv/news-6 /srv/")),
                (Fact("layers"), Fact("bytes")),
            ),
        ),
    ),
    Level(
        id="05.no-none",
        task="shop was built again while web was running. Let web run on the new shop, and leave no image without "
        "a name.",
        start=(_WEB, _built("ENV BUILD=6")),
        way=("docker stop web", "docker rm web", _WEB, "docker rmi e417ed87c461"),
        facts=(Fact("state", "web"), Fact("runs on", "web"), Fact("images")),
        verbs=("run", "stop", "start", "remove", "remove-image"),
        choose=("image",),
        prompt=True,
        steps=False,
        hints=(
            "A container runs on the image on which it was made. A name that moves changes nothing about that.",
            "The image without a name can go when no container uses it.",
        ),
        wrong=(
            WrongWay("24", ("docker stop web", "docker start web"), "a container took the newest image of that name"),
        ),
        cheats=(
            Cheat(
                ("docker stop web", "docker rm web", "docker rmi e417ed87c461"),
                (Fact("state", "web"), Fact("runs on", "web")),
            ),
        ),
    ),
    BenchLevel(
        id="06.two-steps",
        task="index.html gets one byte longer. The build after that must run only two steps.",
        bench="build",
        given=(
            (
                "FROM coreos/apache",
                "COPY packages.txt /srv/",
                "COPY site/ /var/www/",
                "RUN install",
                "RUN ls /var/www > /srv/index",
            ),
            {path: FILES[path] for path in ("packages.txt", _PAGE)},
        ),
        way=(("move", 3, 4), _BUILD, ("change", _PAGE), _BUILD),
        facts=(Fact("ran"), Fact("why")),
        hints=(
            "Which lines run again after a change of a page? Which of these lines need the pages?",
            "A step runs again if a step above it ran again. Move the lines before you build for the first time.",
        ),
        wrong=(
            WrongWay("14c", (_BUILD, ("change", _PAGE), _BUILD), "the order of the lines did not matter"),
            WrongWay(
                "14a",
                (("move", 3, 4), _BUILD, ("touch", _PAGE), _BUILD),
                "a new time changed the page",
            ),
        ),
        cheats=(
            Cheat(
                (("move", 3, 4), _BUILD, ("chmod", _PAGE), _BUILD),
                (Fact("why"),),
            ),
            # RUN install moves below RUN ls. No line above it has changed, so its reason is not the goal's.
            Cheat((("change", _PAGE), _BUILD, ("move", 4, 5), _BUILD), (Fact("why"),)),
        ),
    ),
    BenchLevel(
        id="06.no-key",
        task="RUN fetch needs a key and writes /opt/packages. Build an image with the packages. None of its layers may "
        "contain the key.",
        bench="build",
        given=(
            (
                "FROM coreos/apache AS packages",
                "COPY list /opt/",
                "FROM coreos/apache",
                "COPY key /srv/",
                "RUN fetch",
                "RUN rm /srv/key",
                "COPY --from=packages /opt/ /opt/",
            ),
            {"list": b"apache2 php5\n", "key": b"open-sesame\n"},
        ),
        way=(("move", 3, 4), ("move", 4, 5), ("move", 5, 6), _BUILD),
        facts=(Fact("shows", BUILT, "opt/packages"), Fact("kept", BUILT, KEY)),
        hints=(
            "The second FROM starts a new stage. Only the last stage is in the image.",
            "Which lines need the key? Move these lines into the first stage.",
        ),
        wrong=(WrongWay("4a", (_BUILD,), "a later line could take a file out of an earlier layer"),),
    ),
    BenchLevel(
        id="07.new-machine",
        task="Replace the build machine by a new one. Bring the next shop and blog to the registry, and send as few "
        "bytes as you can.",
        bench="registry",
        given=("shop", "blog"),
        start=(("push", "shop"),),
        way=(("release", "2"), ("push", "shop"), ("push", "blog"), ("forget",)),
        facts=(Fact("machine"), Fact("tag", path="shop"), Fact("tag", path="blog"), Fact("sent")),
        hints=(
            "How many layers does a push of blog send before the machine is replaced, and how many after that?",
            "Only a machine that has pushed a layer knows which blob the layer is.",
        ),
        wrong=(
            WrongWay(
                "33",
                (("forget",), ("release", "2"), ("push", "shop"), ("push", "blog")),
                "the registry told a new machine which blobs it has",
            ),
        ),
        cheats=(
            Cheat((("push", "blog"), ("forget",)), (Fact("tag", path="shop"), Fact("sent"))),
            Cheat((("release", "2"), ("push", "shop"), ("push", "blog")), (Fact("machine"),)),
        ),
    ),
    BenchLevel(
        id="07.release-only",
        task="Let web run on the next shop. The server must fetch this image and no other.",
        bench="registry",
        given=("shop",),
        way=(("release", "2"), ("push", "shop"), ("pull", "shop"), ("run",)),
        facts=(Fact("runs on", "web"), Fact("on server"), Fact("fetched")),
        hints=(
            "A name in the registry moves only when somebody pushes.",
            "web keeps the image on which it was run. What has to be on the server before web runs?",
        ),
        wrong=(
            WrongWay(
                "24",
                (("push", "shop"), ("pull", "shop"), ("run",), ("release", "2"), ("push", "shop"), ("pull", "shop")),
                "a container that runs followed its tag",
            ),
            WrongWay(
                "24",
                (("push", "shop"), ("release", "2"), ("pull", "shop"), ("run",)),
                "the tag in the registry followed the name on the build machine",
            ),
        ),
        cheats=(
            Cheat(
                (
                    ("push", "shop"),
                    ("pull", "shop"),
                    ("release", "2"),
                    ("push", "shop"),
                    ("pull", "shop"),
                    ("run",),
                ),
                (Fact("on server"), Fact("fetched")),
            ),
        ),
    ),
    BenchLevel(
        id="08.stop-at-once",
        task="Stop web at once with docker stop, and with exit code 143. Its program must be the same as now.",
        bench="processes",
        given=(1, _OFFERED),
        way=(_run(_SERVICE, init=True), _STOP),
        facts=(Fact("took", "web"), Fact("code", "web"), Fact("program", "web")),
        hints=(
            "docker stop sends TERM to process 1 alone. What happens if process 1 has no handler for TERM?",
            "With --init, another program is process 1, and it passes the signal on.",
        ),
        wrong=(
            WrongWay("15b", (_STOP,), "docker stop ended every program at once"),
            WrongWay(
                "15c",
                (_run("a trap, but the server in front"), _STOP),
                "the server in front got the signal too",
            ),
        ),
        cheats=(Cheat((_run("a server that hears TERM"), _STOP), (Fact("code", "web"), Fact("program", "web"))),),
    ),
    BenchLevel(
        id="08.no-zombie",
        task="Let an orphan end in web. No zombie may be left, and the service sleep 300 must still run.",
        bench="processes",
        given=(1, _OFFERED),
        way=(_run(_SERVICE, init=True), _ORPHAN, _TEN),
        facts=(Fact("ended", "web", "sleep 5"), Fact("zombies", "web"), Fact("running", "web", "sleep 300")),
        hints=(
            "The parent of an orphan is process 1. Somebody has to ask for its exit code when it has ended.",
            "Which process 1 asks for the exit code of every process that ends?",
        ),
        wrong=(
            WrongWay("15e", (_ORPHAN, _TEN), "a process that has ended was gone from the table"),
            WrongWay(
                "15f",
                (_ORPHAN, _TEN, ContainerAct("signal", "web", pid=5, signal="KILL")),
                "KILL ended a process that has ended already",
            ),
        ),
        cheats=(Cheat((_run("a server that hears TERM"), _ORPHAN, _TEN), (Fact("running", "web", "sleep 300"),)),),
    ),
    BenchLevel(
        id="09.small-change",
        task="Let ten containers add one byte to catalog.db each. All together may take only 532 kB on the disk.",
        bench="disks",
        way=(("run", 10), ("change", "add 1 byte"), ("look", "btrfs")),
        facts=(Fact("many"), Fact("each"), Fact("stored")),
        hints=(
            "Press the drivers one after the other. Which drivers copy the whole file?",
            "A driver that copies blocks needs a few bytes for each container that starts, too.",
        ),
        wrong=(
            WrongWay(
                "6",
                (("run", 10), ("change", "add 1 byte"), ("look", "metacopy")),
                "metacopy copied only the byte that is new",
            ),
        ),
        cheats=(Cheat((("run", 10), ("look", "btrfs")), (Fact("each"), Fact("stored"))),),
    ),
    BenchLevel(
        id="09.shared-pages",
        task="Let ten containers change the mode of catalog.db. The containers must still share its pages in memory.",
        bench="disks",
        way=(("run", 10), ("change", "change its mode"), ("look", "metacopy")),
        facts=(Fact("many"), Fact("each"), Fact("pages")),
        hints=(
            "Containers share pages as long as they read one file on the disk. Which drivers copy it for a new mode?",
            "One driver copies only the metadata of the file, so all containers go on reading the file in the layer.",
        ),
        wrong=(
            WrongWay(
                "20",
                (("run", 10), ("change", "change its mode"), ("look", "btrfs")),
                "containers of one image shared memory with every driver",
            ),
        ),
        cheats=(Cheat((("run", 10),), (Fact("each"),)),),
    ),
)
LEVELS = {each.id: each for each in ALL}
"""All levels by their ids."""
