"""The pieces in the order in which they hang. Their Chinese has the words of `notebooks/zh/terms.md`."""

from __future__ import annotations

import viz
from docs.gallery import examples as ex
from docs.gallery.examples import Piece

PIECES = (
    Piece(
        "formula",
        ("The chain rule, step by step", "链式法则，一步一步"),
        (
            "sin(x³ + 5) at x = 1.2. Each arrow carries upstream × local = contribution.",
            "x = 1.2 处的 sin(x³ + 5)。每条箭头上写着：上游 × 局部 = 贡献。",
        ),
        ex.last_frame,
        lambda lang: viz.player(ex.formula(), lang=lang),
    ),
    Piece(
        "six_neurons",
        ("Six neurons, one training step", "六个神经元，一步训练"),
        (
            "The errors of the layer behind come back over the same weights: products with them add up.",
            "后一层的误差沿同样的权重传回：误差与权重的乘积相加。",
        ),
        ex.going_back,
        lambda lang: ex.played(ex.six_neurons(), [1.0, 0.5], 1.0, lang),
    ),
    Piece(
        "two_two_one",
        ("A 2-2-1 network on one example", "2-2-1 网络与一个样本"),
        (
            "Every signal above its neuron, every gradient below; a dashed line is a negative weight.",
            "神经元上方是信号，下方是梯度；虚线表示负的权重。",
        ),
        lambda: viz.draw_network(ex.small(), [1.0, -0.5], [1.0]),
        lambda lang: ex.played(ex.small(), [1.0, -0.5], 1.0, lang),
    ),
    Piece(
        "softmax",
        ("Softmax with cross-entropy", "Softmax 与交叉熵"),
        (
            "The gradient of each score is its share, minus 1 for the right one.",
            "每个分数的梯度等于它的比例；正确的那个再减 1。",
        ),
        lambda: ex.with_gradients(ex.cross_entropy()),
        lambda lang: viz.player(ex.cross_entropy(), lang=lang),
    ),
    Piece(
        "dead_relu",
        ("A dead ReLU", "死亡的 ReLU"),
        (
            "The sum is below zero, so nothing passes back. Drag b in the page until it lives.",
            "加权和小于零，什么也传不回去。在页面里拖动 b，直到它复活。",
        ),
        lambda: ex.with_gradients(ex.dead_relu()),
        lambda lang: viz.player(ex.dead_relu(), lang=lang),
    ),
    Piece(
        "vanishing",
        ("A gradient vanishes through ten sigmoids", "梯度穿过十个 sigmoid 而消失"),
        (
            "The slope of a sigmoid is at most ¼. Ten of them leave less than a millionth.",
            "sigmoid 的斜率最多是 ¼。十个相乘，剩下不到百万分之一。",
        ),
        ex.vanishing,
        lambda lang: viz.player(ex.ten_sigmoids()[0], lang=lang),
    ),
    Piece(
        "convolution",
        ("A convolution, forward", "卷积：前向"),
        (
            "The kernel stands at one place: the window that it sees, and the sum of nine products.",
            "卷积核停在一处：它看到的窗口，以及九个乘积之和。",
        ),
        lambda: ex.kernel_at(1, 2),
        lambda lang: viz.player(ex.little_convolution(), lang=lang),
        ex.sliding_kernel,
    ),
    Piece(
        "convolution_back",
        ("A convolution, backward", "卷积：反向"),
        (
            "One number of the kernel was used at nine places: its gradient collects += from each.",
            "卷积核中的一个数用在九处：它的梯度从每一处累加（+=）。",
        ),
        ex.kernel_weight,
    ),
    Piece(
        "pooling",
        ("Max pooling routes to the winner", "最大池化只传给胜者"),
        (
            "The largest of each block goes on; a gradient comes back to it alone, exactly 0 to the others.",
            "每块中最大的数继续前进；反向时只有它得到梯度，其余恰好为 0。",
        ),
        ex.pooling,
    ),
    Piece(
        "lstm",
        ("An LSTM, unrolled", "展开的 LSTM"),
        (
            "Along the memory c a gradient is multiplied by the forget gates, one after the other.",
            "沿着记忆 c，梯度依次乘以各步的遗忘门。",
        ),
        ex.unrolled_lstm,
        lambda lang: viz.player(ex.lstm(2)[0], lang=lang),
    ),
    Piece(
        "attention",
        ("Causal attention, both ways", "因果注意力：前向与反向"),
        (
            "Who looks at whom, the gradients of weights and scores, and one row of the softmax's Jacobian. "
            "What is masked is exactly 0.",
            "谁看谁；权重与分数的梯度；softmax 雅可比矩阵的一行。被遮住的恰好为 0。",
        ),
        ex.attended,
        lambda lang: viz.player(ex.two_keys(), lang=lang),
    ),
    Piece(
        "gpt",
        ("One token's way through a GPT", "一个词元穿过 GPT"),
        (
            "Embedded, changed by attention and by a network, scored, made probable. The page has the "
            "temperature T to move, and how many symbols, k, may come next.",
            "嵌入，经注意力与网络改变，得到分数，再变成概率。页面里可以改变温度 T，以及候选符号的个数 k。",
        ),
        ex.token,
        lambda lang: viz.player(ex.sampling(), lang=lang),
    ),
    Piece(
        "moons",
        ("Two moons, learned", "学会两弯月亮"),
        (
            "The stronger the colour, the surer the network. Rings were held out.",
            "颜色越深，网络越有把握。圆圈是没有参加训练的点。",
        ),
        ex.moons,
    ),
    Piece(
        "valley",
        ("Momentum in a narrow valley", "狭谷中的动量"),
        (
            "The same rate and as many steps: momentum gets through, plain descent lags behind.",
            "同样的学习率，同样的步数：带动量的走得远，普通下降落在后面。",
        ),
        ex.valley,
    ),
    Piece(
        "program",
        ("Scalars in, matrices out", "标量写进去，矩阵算出来"),
        (
            "A network of scalars compiled: each box is an array, with the expression that computes it.",
            "标量写成的网络经过编译：每个方框是一个数组，写着计算它的式子。",
        ),
        ex.program,
    ),
)
