"""A customer who is played by a language model behind an OpenAI-compatible server."""

from dataclasses import dataclass

import httpx2

from cli.evaluation.live.customer import Wish
from cli.evaluation.live.score import Run

_TIMEOUT_S = 120.0
_END = "END"
_RULES = """You play a customer who writes to a business on WhatsApp. You are not an assistant: never help, never \
explain, never speak for the business. Write the customer's next message only, one short message, in the variety \
{variety}, in this style: {style}. You reveal what you know: {reveals}.
Your wish ({kind}): {wish}
What you know, in your own words:
{knows}
You never invent data that is not above. You take an offered time only if it fits your wish. You say yes only to what \
you wished. If the assistant did something else, you say so. When you have what you wished, write END."""


class ModelError(Exception):
    """The customer's model did not answer; the text is for the terminal."""


@dataclass(frozen=True)
class ModelCustomer:
    """Writes a customer's messages."""

    url: str
    """Base URL of the server, with /v1."""
    name: str
    """The model's name there."""

    async def say(self, client: httpx2.AsyncClient, run: Run, wish: Wish, seed: int) -> str | None:
        """The customer's next message; None when the customer has nothing more to say. Raises ModelError."""
        request = {
            "model": self.name,
            "messages": messages(run, wish),
            "max_tokens": 120,
            "temperature": 0.7,
            "seed": seed,
        }
        try:
            answer = await client.post(f"{self.url.rstrip('/')}/chat/completions", json=request, timeout=_TIMEOUT_S)
            answer.raise_for_status()
            text = str(answer.json()["choices"][0]["message"]["content"]).strip().strip('"')
        except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
            raise ModelError(f"{self.url}: expected a chat completion ({type(error).__name__})") from error
        return None if not text or text.startswith(_END) else text


def messages(run: Run, wish: Wish) -> list[dict[str, str]]:
    """The chat that the model goes on with. It plays the customer, so what the business wrote is the user's."""
    persona = run.task.persona
    rows = wish.part.rows
    wanted = "; ".join(want.text() for want in rows) if rows else "no appointment" if rows == () else "information only"
    system = _RULES.format(
        variety=run.task.variety,
        style=persona.style,
        reveals=persona.reveals.replace("_", " "),
        kind=wish.kind,
        wish=f"at the end your appointments are: {wanted}. You could begin like this: {wish.begin[0][0]}",
        knows="\n".join(f"- {name}: {wording[0]}" for name, wording in wish.knows.items()) or "- nothing",
    )
    chat = [{"role": "system", "content": system}]
    for turn in run.turns:
        chat.append({"role": "assistant", "content": turn.said})
        chat.append({"role": "user", "content": turn.reply or "(no reply)"})
    return chat if run.turns else [*chat, {"role": "user", "content": "(write your first message)"}]
