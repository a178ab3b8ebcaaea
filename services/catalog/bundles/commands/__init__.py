"""What is done with a bundle: checked as a whole, compared with what is there, and applied.

``checking`` judges all documents before anything is looked up; ``planning`` compares documents
with records; ``applying`` makes, changes and moves records through the areas' own commands, in
``stages`` that bring every record to its place before another one needs it; ``rehearsing`` does
all of it in a transaction that is never committed, so that the rules of the areas are heard before
the first record is written.
"""
