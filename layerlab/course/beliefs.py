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
        Belief("4c", "What a first stage contains is in the image that ships.", "06"),
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
        Belief("14c", "The order of a Dockerfile's lines does not matter.", "06"),
        Belief("14d", "A comment in a Dockerfile runs nothing again.", "06"),
        Belief("15", "One process per container is a rule.", "08"),
        Belief("15b", "docker stop ends every program at once.", "08"),
        Belief("15c", "Every process of a container hears the signal of docker stop.", "08"),
        Belief("15d", "The command that a Dockerfile names is always process 1.", "08"),
        Belief("15e", "A process that has ended is gone from the table.", "08"),
        Belief("15f", "KILL ends any process.", "08"),
        Belief("15g", "An exit code says only whether it worked.", "08"),
        Belief("16", "An upper directory replaces the lower one.", "01"),
        Belief("17", "A whiteout removes the file from the layer below.", "02"),
        Belief("18", "Renaming a directory in a container is cheap.", "02"),
        Belief("19", "Hard links survive a write.", "02"),
        Belief("20", "Memory is shared because the image is the same.", "09"),
        Belief("21", "127 layers is a law.", "09"),
        Belief("22", "Shared layers carry a write from one container to the others.", "02"),
        Belief("23", "Any layer id can be run: every height is an image.", "01"),
        Belief("24", "A tag is the image: a running container follows latest.", "07"),
        Belief("25a", "Every storage driver copies the whole file.", "09"),
        Belief("25b", "SIZE is what the disk stores.", "09"),
        Belief("26", "A commit saves everything that the container shows.", "02"),
        Belief("27a", "A mount shows its files together with those of the image.", "02"),
        Belief("27b", "A mounted folder is filled from the image.", "02"),
        Belief("28", "What a build writes under a VOLUME stays in the image.", "04"),
        Belief("29", "A container runs until someone stops it.", "08"),
        Belief("30", "An image brings its own kernel.", "01"),
        Belief("31", "All lines of a Dockerfile run in one shell.", "04"),
        Belief("32", "docker system df counts everything that Docker stores.", "03"),
        Belief("33", "A registry tells each client which blobs it has.", "07"),
        Belief("34", "A host fetches only layers that it does not have.", "07"),
        Belief("35", "docker run opens the old container again.", "02"),
    )
}
