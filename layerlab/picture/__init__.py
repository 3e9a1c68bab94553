"""From the state of a host to a picture of it: one scene of labelled marks, painted as SVG and as aligned text.

`moment` takes the facts from a host, `scene` lays them out, and a painter (`svg`, `text`) draws the scene. `plots`
holds the plain plots of lessons. Nothing here changes a host.

The painters are the project's own, because a picture and its text twin have to come from one scene and be the same on
every machine, within milliseconds of a press (docs/decisions/2-own-painters.md).
"""
