"""The types between the stages: texts and words, blocks, values, and the program."""
