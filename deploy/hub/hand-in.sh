#!/bin/sh
# Make the folder to which the learners of a hub hand in what they said.
#   sudo sh hand-in.sh /srv/hand-in teachers
# Everyone can add a file (wx) and nobody but the group can list the folder. The sticky bit (1) lets only its owner
# remove a file. Files get the group of the folder (2), and layerlab writes them with mode 0640.
set -eu
folder=$1 group=$2
mkdir -p "$folder"
chgrp "$group" "$folder"
chmod 3773 "$folder"
