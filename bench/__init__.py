"""How many posts a CPU second of the pipeline's stages is good for, on posts made up for it."""
