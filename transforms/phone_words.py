"""Words that tell telephone numbers from other numbers."""

import re

CASE_NUMBER = re.compile(
    r"(?:#|№|\b(?:case|ref|reference|ticket|order|invoice|permit|report|uprn|isbn|item|job"
    r"|az\.|aktenzeichen|vorgang|vorgangsnummer|ticketnummer|rechnung|bestellung"
    r"|dossier|référence|réf|commande|facture|expediente|referencia|factura|pedido"
    r"|sprawa|sprawy|sygnatura|zgłoszenie|zgłoszenia|faktura"
    r"|(?:event|booking|account|tracking|membership) (?:no|nr|number|id)"
    r"|budget|presupuesto|importe|población|haushalt|budżet))"
    r"[ .:#-]*(?:(?:no|nr|number|numer|id)\b|n[°º])?[ .:#-]*(?:(?:is|was|ist|est|es|to) )?$",
    re.IGNORECASE,
)
"""What stands in front of the number of a case, an order or a budget."""
SAYS_PHONE = re.compile(
    r"\b(?:tel|telephone|telefon\w*|telefono|teléfono|téléphone|tél|tfno|tlf|phone|ph|fax|cell"
    r"|mob|mobile|mobil|handy\w*|rufnummer|whatsapp|portable|appele[rz]|móvil|movil|llam\w+|celular"
    r"|kom|komórk\w+|zadzwo\w+|dzwon\w+|call|ring|text|ruft?|anruf\w*)\b"
    r"(?:[ .:/]{1,2}(?:me|us|him|her|on|at|nr|no|number|numer|unter|an|au|al|pod|is|ist|es|to|or"
    r"|n[°º])\b){0,2}[ .:/]{0,3}$",
    re.IGNORECASE,
)
"""What says that a number for a telephone comes next."""
GLUED = re.compile(
    r"\b(?:tel|telefon|phone|ph|cell|mob|mobile|handy|whatsapp|call|ring|text|fax|tél|móvil|kom"
    r"|contact|number|num|nummer|numer|dial|sms|fone)\Z",
    re.IGNORECASE,
)
"""The same where nothing parts it from the number."""
COUNTS = re.compile(
    r" ?(?:zł|pln|tl|rs|inr|yuan|reais|руб\w*|huf|eur\w*|usd|gbp|chf|mln|tys|mio"
    r"|people|persons?|personas|personnes|habitants?"
    r"|habitantes|mieszka\w+|os[óo]b\w*|dollars|pounds|tonn?\w*|km|kg|m[²2³3]|votes|views)\b",
    re.IGNORECASE,
)
"""What stands behind a number of things."""
