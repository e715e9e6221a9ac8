"""What the agency itself holds, read from bytes: pure functions, no files, no network.

- `skos.read_topics(data, name)`: SKOS (Turtle, RDF/XML, JSON-LD) to topics
- `dcat.read_datasets(data, name)`: data.json, DCAT in RDF or a CKAN answer, known by content, to
  datasets; `dcat.next_page(data, name)`: where the next page is; `dcat.first_of_each(outcomes)`:
  each identifier once over several pages
- `ckan.fetch_datasets(get, url)`: the pages of a CKAN site; `ckan.read_page(data, url)`: datasets
- `register.read_entities(data, spec, register)`: CSV or TSV to entities
- `examples.read_examples(data, name, topics)`: CSV or TSV to example posts of these topics

Each record comes back as what it is or as a Rejected with its reason and place.
"""
