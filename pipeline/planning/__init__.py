"""Planning of one wave: a plan of each layer whose inputs exist, a preview against placeholders of the others.

`planner` plans; `waves` decides plan or preview; `placeholders`, `arns`, `preview` make a preview's values;
`stand_ins` replaces them by the real ones, for a comparison.
"""
