"""A small decoder of Llama's architecture, computed so that many rows share one beginning.

The weights and their names are those of `transformers.LlamaForCausalLM`, which loads them and gives the same
numbers (a test holds that); only the order of computing differs. Needs torch.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    """How large a model is."""

    vocabulary: int
    hidden: int = 192
    layers: int = 4
    heads: int = 3
    inner: int = 512
    length: int = 2048
    theta: float = 10_000.0

    def config(self, end: int, pad: int) -> dict[str, Any]:
        """As config.json of transformers has it."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "intermediate_size": self.inner,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.heads,
            "head_dim": self.hidden // self.heads,
            "max_position_embeddings": self.length,
            "rope_theta": self.theta,
            "rms_norm_eps": 1e-5,
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "tie_word_embeddings": True,
            "bos_token_id": None,
            "eos_token_id": end,
            "pad_token_id": pad,
            "dtype": "bfloat16",
        }


class Norm(nn.Module):
    """Root mean square norm."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return functional.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), 1e-5)


class Attention(nn.Module):
    """Attention with rotary positions: the beginning sees itself, each row the beginning and itself."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(shape.hidden, shape.hidden, bias=False))

    def forward(self, x: Tensor, plan: "Plan") -> Tensor:
        """`x` (places, hidden) has all places of the beginning and then those of each table."""
        places, hidden = x.shape
        size = hidden // self.heads
        query, key, value = (
            getattr(self, name)(x).view(places, self.heads, size).transpose(0, 1)
            for name in ("q_proj", "k_proj", "v_proj")
        )
        query, key = _turn(query * size**-0.5, plan), _turn(key, plan)
        parts = [part.split(plan.sizes, dim=1) for part in (query, key, value)]
        first_key, first_value = parts[1][0], parts[2][0]
        out = [_weigh(parts[0][0] @ first_key.mT, plan.causal(plan.sizes[0])) @ first_value]
        for (rows, width), q, k, v in zip(plan.tables, *(part[1:] for part in parts), strict=True):
            q4, k4, v4 = (part.reshape(self.heads, rows, width, size) for part in (q, k, v))
            own = (q4 @ k4.mT).masked_fill(~plan.causal(width), float("-inf"))
            before = (q @ first_key.mT).view(self.heads, rows, width, -1)
            share = torch.cat([before, own], dim=3).softmax(dim=3, dtype=torch.float32).to(v.dtype)
            seen, of_own = share[..., : plan.sizes[0]], share[..., plan.sizes[0] :]
            mixed = (of_own @ v4).reshape(q.shape)
            out.append(mixed + seen.reshape(self.heads, rows * width, -1) @ first_value)
        return self.o_proj(torch.cat(out, dim=1).transpose(0, 1).reshape(places, hidden))


class Mlp(nn.Module):
    """Gated feed-forward part."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden, shape.inner, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.inner, bias=False)
        self.down_proj = nn.Linear(shape.inner, shape.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    """One layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = Norm(shape.hidden)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape.hidden)
        self.mlp = Mlp(shape)

    def forward(self, x: Tensor, plan: "Plan") -> Tensor:
        """Same shape."""
        x = x + self.self_attn(self.input_layernorm(x), plan)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    """Embeddings, layers, norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.hidden)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.hidden)


class Decoder(nn.Module):
    """The model."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.model = Body(shape)
        half = shape.hidden // shape.heads // 2
        rates = shape.theta ** (-torch.arange(half).float() / half)
        angles = torch.outer(torch.arange(shape.length).float(), rates).repeat(1, 2)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.apply(_start)

    def hidden(self, prefix: Tensor, tables: list[Tensor]) -> list[Tensor]:
        """Last layer's output for each place of each table (rows, width) behind `prefix` (length)."""
        plan = self._plan(prefix.shape[0], [(table.shape[0], table.shape[1]) for table in tables])
        x = self.model.embed_tokens(torch.cat([prefix, *(table.reshape(-1) for table in tables)]))
        for layer in self.model.layers:
            x = layer(x, plan)
        parts = self.model.norm(x).split(plan.sizes)[1:]
        return [part.view(*table.shape, -1) for part, table in zip(parts, tables, strict=True)]

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token."""
        return functional.linear(hidden, self.model.embed_tokens.weight)

    def _plan(self, start: int, tables: list[tuple[int, int]]) -> "Plan":
        """Where each place stands: rows go on where the beginning ends."""
        rows = [torch.arange(start, start + width).repeat(count) for count, width in tables]
        places = torch.cat([torch.arange(start), *rows])
        sizes = [start, *(count * width for count, width in tables)]
        return Plan(sizes, tables, self.cos[places], self.sin[places])


@dataclass(frozen=True)
class Plan:
    """How the places of one computation lie."""

    sizes: list[int]
    """Places of the beginning, then of each table."""
    tables: list[tuple[int, int]]
    """Rows and width of each table."""
    cos: Tensor
    sin: Tensor
    """Of each place's angles (places, size of a head)."""

    @staticmethod
    def causal(width: int) -> Tensor:
        """What each place of a row sees of its row (width, width)."""
        return torch.ones(width, width, dtype=torch.bool).tril()


def _weigh(scores: Tensor, seen: Tensor) -> Tensor:
    return scores.masked_fill(~seen, float("-inf")).softmax(dim=-1, dtype=torch.float32).to(scores.dtype)


def _turn(x: Tensor, plan: Plan) -> Tensor:
    cos, sin = plan.cos.to(x.dtype), plan.sin.to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


def _start(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.04)
