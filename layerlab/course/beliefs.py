"""Beliefs: what people wrongly believe about images and containers, and questions of lessons that are still to come."""

from typing import NamedTuple


class Belief(NamedTuple):
    """A belief and the lesson that first answers it; a belief with several parts has an id for each, such as "2a".

    >>> BELIEFS["6"].says
    'Changing one byte costs one byte.'
    """

    id: str
    says: str
    lesson: str


BELIEFS = {
    belief.id: belief
    for belief in (
        Belief("1", "Deleting a file in a later layer shrinks the image.", "01"),
        Belief("2a", "Ten containers cost ten times the image.", "00"),
        Belief("2b", "The virtual sizes of containers can be added.", "03"),
        Belief("2c", "What two images give back together is the sum of what each gives back.", "03"),
        Belief("2d", "A column of sizes says what an image takes on the disk, and gives back.", "03"),
        Belief("3", "Stopping a container loses its data.", "02"),
        Belief("4a", "A secret that a later layer deletes is gone.", "04"),
        Belief("4b", "An ENV or an ARG leaves no trace in the image.", "04"),
        Belief("5", "chmod, chown and touch are free.", "02"),
        Belief("6", "Changing one byte costs one byte.", "00"),
        Belief("7", "Every line of a Dockerfile makes a layer.", "06"),
        Belief("8", "Image id, digest and layer id are one thing.", "05"),
        Belief("9", "The layer hash in the manifest is the one in the config.", "07"),
        Belief("10", "The same content is always stored once.", "03"),
        Belief("11a", "Fewer layers mean a smaller image.", "04"),
        Belief("11b", "Squashing always helps.", "04"),
        Belief("12a", "`<missing>` in a history is an error.", "05"),
        Belief("12b", "`<none>` is garbage.", "05"),
        Belief("13", "The SIZE column is what a pull downloads.", "07"),
        Belief("14a", "Touching a file busts the build cache.", "06"),
        Belief("14b", "RUN apt-get update runs again when the repository has changed.", "06"),
        Belief("15", "One process per container is a rule.", "08"),
        Belief("16", "An upper directory replaces the lower one.", "01"),
        Belief("17", "A whiteout removes the file from the layer below.", "02"),
        Belief("18", "Renaming a directory in a container is cheap.", "02"),
        Belief("19", "Hard links survive a write.", "02"),
        Belief("20", "Memory is shared because the image is the same.", "09"),
        Belief("21", "127 layers is a law.", "09"),
        Belief("22", "Shared layers carry a write from one container to the others.", "02"),
        Belief("23", "Any layer id can be run: every height is an image.", "01"),
        Belief("24", "A tag is the image: a running container follows latest.", "07"),
    )
}


class Later(NamedTuple):
    """A question of a lesson that is still to come: what it will ask, what the belief predicts, what is true.

    >>> LATER[0].id
    '06.layers'
    """

    id: str
    belief: str
    asks: str
    predicts: str
    truth: str


LATER = (
    Later("06.layers", "7", "FROM, LABEL, ENV, COPY, RUN, EXPOSE, USER and CMD on four layers: how many?", "11", "6"),
    Later(
        "06.touch", "14a", "Touch a file, then change a byte of it: which steps run again?", "all; all", "none; some"
    ),
    Later("06.apt", "14b", "The repository has changed: does `RUN apt-get update` run again?", "yes", "no"),
    Later("07.hashes", "9", "Five hashes in the manifest, five in the config: equal pairs?", "5", "0 when gzipped"),
    Later("07.pull", "13", "An image lists 294.4 MB: how much is pulled?", "294.4 MB", "92.59 MB; less with its base"),
    Later("07.latest", "24", "`latest` moves: what does web run on?", "the new image", "the old one, now untagged"),
    Later("08.first-process", "15", "Process 1 of three exits: how many are left?", "2", "0"),
    Later("09.pages", "20", "Two containers share 2,048 cached pages, one does chmod: pages?", "2,048", "4,096"),
    Later("09.depth", "21", "128 layers: who refuses?", "everyone", "AUFS and Docker"),
)
