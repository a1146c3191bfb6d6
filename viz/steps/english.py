"""What is said, in English: whole sentences, with {names} for what is filled in."""

ENGLISH = {
    # How far one number moves for a tiny step of another.
    "phase.forward": "Forward →",
    "phase.backward": "← Backward",
    "phase.update": "↻ Update",
    "moves.0": "does not move",
    "moves.1": "moves just as far",
    "moves.-1": "moves just as far, the other way",
    "moves.+": "moves {x} times as far",
    "moves.-": "moves {x} times as far, the other way",
    # The forward pass.
    "given": "{name} is given: nothing is computed here.",
    "noted": "noted on the arrow for the way back:  {slopes}",
    "noted.several": "noted on the arrows for the way back:  {slopes}",
    "forward": "If {argument} grows by a tiny step, {name} {moves}.",
    "forward.several": "If {argument} alone grows by a tiny step, {name} {moves}.",
    "forward.cut": "{name} has the value of {argument}, and counts as a constant: {argument} moves it, but "
    "no gradient will pass back.",
    "use": "the {which} {name}",
    "epoch": "A new epoch: values and gradients of the last one are wiped off. {sentence}",
    "result": "{name} was {was} before the update, and is {now} now. {sentence}",
    # The backward pass.
    "seed.detail": "the seed, where the way back starts",
    "seed": "grad answers: if this number grows by a tiny step, how many times as far does {root} move? For "
    "{root} itself: just as far, 1.",
    "share": "If {target} grows by a tiny step, {source} {moves}.",
    "share.chain": "If {target} grows by a tiny step, {source} {moves}; and for a step of {source}, {root} "
    "{onward}: together {product}.",
    "share.arrow": "Along this arrow alone: if {target} grows by a tiny step, {source} {moves}.",
    "share.arrow.chain": "Along this arrow alone: if {target} grows by a tiny step, {source} {moves}; and "
    "for a step of {source}, {root} {onward}: together {product}.",
    "share.cut": "{source} counts as a constant: {target} moves it, but no gradient passes to {target}.",
    "share.added": "{sentence} The shares of {target} add up: {sum}.",
    "share.beside": "{sentence} {note}",
    "share.detail": "local derivative:  {local}",
    "share.line": "from {source}: {product}",
    "outdated": "Numbers were changed since: {names} and the local derivatives there are from before.",
    "meaning": "If {name} grows by a tiny step, {root} {moves}.",
    # The update.
    "update.given": "{name} gets a new value for the next pass.",
    "update.given.still": "{name} keeps its value for the next pass.",
    "update.set": "You have set {name} for the next pass: this step is yours, and not that of its gradient.",
    "update.nan": "{name} becomes nan: its old value, η = {rate} and its gradient {gradient} make no number.",
    "update.flat": "The slope of {root} along {name} is 0 here, so {name} stays.",
    "update.still": "η = {rate} times its gradient does not change {name}: it stays.",
    "update.climb": "η = {rate} is negative: {name} goes with its gradient, up the slope of {root}, and "
    "not against it.",
    "update.up": "{root} falls when {name} grows, so {name} goes up: η = {rate} times as far as its "
    "gradient says.",
    "update.down": "{root} grows when {name} grows, so {name} goes down: η = {rate} times as far as its "
    "gradient says.",
    # What stands below a number in an equation.
    "term.given": "given",
    "term.computed": "computed",
    "term.value": "the new value",
    "term.seed": "the seed",
    "term.upstream": "upstream",
    "term.local": "local",
    "term.contribution": "contribution",
    "term.so-far": "so far",
    "term.now": "now",
    "term.old": "old value",
    "term.step": "−η × gradient",
    "term.set": "set by you",
    "term.new": "new value",
    "term.to": "to {gradient}",
    # How the steps are counted.
    "count": "{place} of {count}",
    "count.seed": "the seed",
    # Questions.
    "ask.value": "{name} = {formula}. With its numbers that is {numbers}: what does it come to?",
    "ask.seed": "If {root} grows by a tiny step, how many times as far does {root} itself move?",
    "ask.share": "For a tiny step of {target}, {source} {moves}. For a tiny step of {source}, {root} "
    "{onward}. So how many times as far does {root} move as {target}, along this arrow?",
    "ask.share.last": "For a tiny step of {target}, {source} {moves}. So how many times as far does {root} "
    "move as {target}, along this arrow?",
    "ask.gate": "{upstream} has arrived at {source} = {formula}, and {target} is {value}. How much of it "
    "passes on to {target}?",
    "ask.update": "{name} is {value}, and {sign} is {gradient}. {root} should fall, and the "
    "learning rate η is {rate}: where does {name} arrive?",
    "ask.update.set": "{name} is {value}, and you have set it for the next pass: to which number?",
    # Neurons.
    "neuron": "neuron {number}",
    "inputs": "inputs",
    "inputs.given": "The network is given {listed}.",
    "inputs.plain": "The network is given numbers that take part in no gradient.",
    "neuron.forward": "Neuron {number} multiplies each signal by the weight of its line and adds up; its "
    "half Σ does that. Its half f turns the sum {total} into the signal {output} = {formula}.",
    "neuron.linear": "Neuron {number} multiplies each signal by the weight of its line and adds up; its "
    "half Σ does that. It has no activation: the sum is its signal {output} too.",
    "neuron.ask": "Neuron {number} adds up {total} = {weighted}. What does its half f, {activation}, make "
    "of it?",
    "neuron.ask.linear": "Neuron {number} multiplies each signal by its weight and adds up: what does that "
    "come to?",
    "neuron.backward": "{sign} adds up what comes back over the lines of {output}, times their "
    "weights. The slope f′ takes it on to {total}, and each weight takes that times its signal.",
    "neuron.backward.linear": "What arrives at neuron {number} is the gradient of its weighted sum too. "
    "Each weight takes it times its signal.",
    "neuron.backward.last": "What reached {output} passes the half f of neuron {number}, times the slope "
    "f′, to {total}. Each weight takes that times its signal.",
    "neuron.ask.arrived": "Back over the lines that {output} left on come {factors}. What arrives at "
    "{output}?",
    "neuron.ask.slope": "{arrived} has arrived at {output} = {formula}, whose slope there is {slope}. What "
    "is {passed}?",
    "neuron.update": "Neuron {number} learns: each of these numbers moves against its gradient, so that "
    "{root} falls; η = {rate} times as far as the gradient says.",
    "neuron.update.set": "Neuron {number} has new values: those that you set, and others η = {rate} times "
    "their gradients away.",
    "neuron.update.nan": "Numbers of neuron {number} become nan: those whose old value, η = {rate} and "
    "gradient make no number.",
    "neuron.update.flat": "The slope of {root} along each number of neuron {number} is 0 here, so it stays "
    "as it is.",
    "neuron.update.still": "η = {rate} times their gradients changes no number of neuron {number}: it stays "
    "as it is.",
    "neuron.update.climb": "η = {rate} is negative: each number of neuron {number} moves with its "
    "gradient, up the slope of {root}.",
    "neuron.renewed": "Neuron {number} takes the values of the next pass.",
    "neuron.weight": "weight × signal",
    "neuron.more": "{count} more",
    "neuron.bias": "bias",
    "neuron.sum": "weighted sum",
    "neuron.signal": "signal",
    "neuron.line": "weight × what comes back",
    "neuron.arrived": "arrived",
    "neuron.slope": "slope of f",
    "neuron.behind": "behind f",
    "neuron.was": "was {value}",
    "loss": "{root} says in one number how far the network's answer is from what it should be: {value}. The "
    "smaller, the better.",
    "loss.term": "the loss",
    "loss.backward": "The way back starts at {root} with 1. The chain rule takes it to the network's "
    "answer: if that grows by a tiny step, {root} moves so many times as far.",
    "loss.arrives": "arrives",
    "result.forward": "{root} is computed from the network's answer: {value}. Each gradient says how far "
    "{root} moves for a tiny step.",
    "result.term": "the result",
    "network.note": "Click a neuron, or press Enter on it, to open it: the steps then go through its "
    "scalars one by one. Esc closes it.",
    "network.legend": "e: weighted sum;  y = f(e): signal;  b: bias;  ∂e, ∂y: the gradients of e and of y",
    # Parts of a graph.
    "group.given": "{title}: {count} nodes and {inner} arrows between them. All are given: nothing is "
    "computed here.",
    "group.computed": "{title}: {count} nodes and {inner} arrows between them. {results} nodes are computed.",
    "group.computed.from": "{title}: {count} nodes and {inner} arrows between them. {results} nodes are "
    "computed, with what arrives from {sources}.",
    "group.output": "{sentence} The one number that goes on is {value}.",
    "group.neuron": "{title} takes each number that arrives times its weight, adds up, and makes {value} of "
    "it: {formula}.",
    "group.back": "{head} passes back to {tail}: one share, upstream × local, along each of the {count} "
    "arrows between them. The root of the sum of their squares is {length}.",
    "group.back.one": "{head} passes back to {tail}: one share, upstream × local, along the one arrow "
    "between them. Its size, without a sign, is {length}.",
    "group.complete": "{sentence} All has arrived at {tail}. Inside, the same rule goes on from node to "
    "node, until all its {count} gradients are known: their length is {gradient}.",
    "group.update": "{count} numbers of {title} move against their gradients, so that {root} falls: each by "
    "η = {rate} times its own.",
    "group.update.set": "{count} numbers of {title} are new: those that you set, and others η = {rate} "
    "times their gradients away.",
    "group.update.nan": "Of {count} numbers of {title} some become nan: those whose old value, η = {rate} "
    "and gradient make no number.",
    "group.update.flat": "The slope of {root} along each of {count} numbers of {title} is 0 here, so they "
    "stay as they are.",
    "group.update.still": "η = {rate} times their gradients changes none of {count} numbers of {title}: they "
    "stay as they are.",
    "group.update.climb": "η = {rate} is negative: {count} numbers of {title} move with their gradients, "
    "up the slope of {root}.",
    "group.renewed": "{count} numbers of {title} take the values of the next pass.",
    "group.renewed.besides": "{sentence} Besides, {renewed}",
    "group.nodes": "nodes",
    "group.others": "others",
    "group.share": "1 share",
    "group.shares": "{count} shares",
    "group.of-length": "of length",
    "group.squares": "root of the sum of squares",
    "group.passed": "{tail} ← {head}: {shares}, {length}",
    "group.line": "from {head}: {shares}, of length {length}",
    "group.meaning": "It is the length of {count} gradients: where each of these numbers is nudged in "
    "proportion to its own gradient, {root} grows {norm} times as far as the length of all nudges.",
    "group.note": "The {nodes} nodes of this graph lie in boxes that open: click one, or press Enter on it. "
    "{norm} is the length of all gradients in a box, the root of the sum of their squares.",
    "part.nodes": "nodes",
    "part.parameter": "parameter",
    "part.parameters": "parameters",
    "part.given": "given",
    "part.between": "between",
    "part.data": "data",
    "part.after": "after the last weight",
    "part.stage": "stage {last}",
    "part.stages": "stages {first}–{last}",
    "network.positive": "positive weight",
    "network.negative": "negative weight",
    "network.thicker": "thicker line: larger",
    "network.neuron": "layer {layer}, neuron {row}",
    "network.target": "target {x}",
    "network.weights": "A {sizes} network with {count} weights",
    "network.title": "The network of {root} after both passes",
    "graph.title": "The graph of {root} after both passes",
    # The page itself.
    "html.noscript": "This page needs JavaScript to step. It loads nothing from anywhere.",
    "html.too_old": "This page needs a browser of 2023 or later.",
    "html.title": "{root}: why each gradient is what it is",
    "html.about": "Forward → each box is computed from those its arrows come from. ← Backward it learns its "
    "grad: if it grows by a tiny step, how many times as far does {root} move? {note}",
    "html.steps": "Steps",
    "html.step_label": "Step",
    "html.previous_phase": "Previous phase",
    "html.previous": "Previous step",
    "html.play": "Play",
    "html.next": "Next step",
    "html.next_phase": "Next phase",
    "html.speed": "Speed",
    "html.predict": "Predict first",
    "html.predict_hint": "Ask me before each number is shown",
    "html.graph_label": "The graph",
    "html.open_all": "Open all",
    "html.close_all": "Close all",
    "html.point": "Point at a box, or Tab to it, to read about it. A click or Enter keeps it there.",
    "html.smaller": "Smaller",
    "html.larger": "Larger",
    "html.whole": "Whole graph",
    "html.this_step": "This step",
    "html.guess": "Your guess",
    "html.reveal": "Reveal",
    "html.numbers": "Change a number",
    "html.numbers_hint": "Type, press ↑ or ↓, or drag a name or a number in the picture: both passes follow.",
    "html.train": "Train one step",
    "html.train_more": "Train 20",
    "html.undo": "Undo",
    "html.reset": "Reset",
    "html.shares": "Its shares: what arrives along its arrows",
    "html.nudges": "Try it: nudge it, and compute everything again",
    "html.add": "add",
    "html.moves_by": "{root} moves by",
    "html.times": "times as far",
    "html.chain_rule": "the chain rule says",
    "html.every_path": "Every path to {root}: multiply along it, then add",
    "html.transcript": "Transcript",
    "html.keys": "Keys",
    "html.key_step": "next, previous step",
    "html.key_phase": "next, previous phase",
    "html.key_ends": "first, last step",
    "html.key_play": "play, pause",
    "html.key_tab": "from node to node, to read about each",
    "html.key_enter": "on a node: keep what is said of it, or let it go; on a neuron: open it, or close it",
    "html.key_nudge": "in a number: a little more, a little less",
    "html.key_keys": "these keys",
    "html.key_escape": "let go, close, and back to the buttons",
    "page.forward": "forward",
    "page.backward": "backward",
    "page.update": "update",
    "page.play": "Play",
    "page.pause": "Pause",
    "page.told": "{name}: {told}",
    "page.spoken": "{headline}. {told}",
    "page.where": "{phase}, {step}",
    "page.epoch": "{step}, epoch {place} of {count}",
    "page.step": "step {place} of {count}",
    "page.answer": "It is {answer}.",
    "page.right": "✓ Yes, {answer}.",
    "page.wrong": "✗ It is {answer}, not {guess}.",
    "page.no-number": "“{guess}” is no number. It is {answer}.",
    "page.kept": "kept: Enter or Esc lets it go",
    "page.unread": "“{typed}” is no number: {name} stays {number}.",
    "page.none-yet": "{key} –: there is none yet. It comes in the backward pass.",
    "page.so-far": "{key} {grad} so far: more arrows are still to come.",
    "page.together": "together {grad}",
    "page.seed": "1, the seed: this is where the way back starts",
    "page.open": "{name} is open: {step}",
    "page.path": "1 more path: {product}",
    "page.paths": "{count} more paths: together {product}",
    "page.path.none": "No way to {root} passes anything on: on each is a node that selects another number, "
    "is flat, or counts as a constant.",
    "page.unreached": "Nothing arrives at {name}, so nothing passes on.",
    "page.unselected": "{source} passes nothing to {name}: it selects another number, is flat, or counts as "
    "a constant.",
    "page.kink": "There is a kink at {names}: the slopes to its two sides differ, and the chain rule takes "
    "one number for both.",
    "page.cut": "{names} counts as a constant: how {root} moves through it is left out.",
    "page.curve": "{root} over {count} epochs: from {first} to {last}",
    "page.check.ok": "Finite differences say {slope} ± {error}. They agree.",
    "page.check.wrong": "Finite differences say {slope} ± {error}. They disagree, as they do where a "
    "gradient was stopped on purpose.",
    "page.check.inconclusive": "Finite differences say {slope} ± {error}. They do not settle here, so they "
    "prove nothing.",
    "page.check.kink": "There is a kink here: {left} from the left, {right} from the right. grad takes "
    "{grad}.",
    "page.check.kinks": "Finite differences say {slope} ± {error}. They disagree, as they may with a kink "
    "at {names}, where the chain rule takes one number for two slopes.",
    "page.check.jump": "There is a jump here, and so no slope. grad takes {grad}.",
    "page.check.unbounded": "The slope is infinite here, and so is grad.",
    "page.check.none": "No finite slope can be measured here.",
    "page.check.nan": "Finite differences say {slope} ± {error}, where grad is nan.",
    "page.warning.dead": "Dead {operation}: {arg} is not above 0, so {name} stays 0 when {arg} moves a "
    "little, and nothing passes back. If that is so for every example, what lies before it never learns.",
    "page.warning.kink": "Kink: if {arg} falls, {name} has slope {left}, and if it grows, {right}. The "
    "chain rule takes {slope}.",
    "page.warning.saturated": "Saturated: so far from 0 it is nearly level. {name} moves only {slope} times "
    "as far as {arg}; at 0 it would be {steepest}.",
    "page.warning.value": "{name} is {value}: no finite number.",
    "page.warning.value.signed": "{name} is {value}: no finite number. {arg} is −0, zero with a minus sign.",
    "page.warning.infinite": "The gradient of {name} is {grad}: no step along it makes sense.",
    "page.warning.zero": "No gradient: every way from {name} to {root} multiplies by 0 somewhere.",
    "page.warning.zero.kink": "The gradient is 0. There is a kink at {names}, where the chain rule takes "
    "one number for two slopes: {root} may move all the same.",
    "page.warning.zero.cut": "No gradient: every way from {name} to {root} passes a node that selects "
    "another number, is flat, or counts as a constant.",
    "page.warning.zero.underflow": "No gradient: what every way from {name} to {root} multiplies to is "
    "too small for a float.",
    "page.warning.zero.cancel": "No gradient: the ways from {name} to {root} cancel.",
    "page.warning.vanishing": "Vanishing gradient: {size} is less than a ten-thousandth of the largest here, "
    "{largest}. {name} would hardly learn.",
    "page.warning.exploding": "Exploding gradient: the smallest step of {name} throws {root} far off.",
    "page.slope": "The curve of {name} over {arg}, and its tangent at {arg} = {x}: its slope is {slope}.",
    "html.summary": "In sum",
    "page.summary": "Of {count} given numbers, {name} moves {root} most: for a tiny step of it, {root} "
    "{moves}.",
    "page.summary.one": "{name} is the one given number: for a tiny step of it, {root} {moves}.",
    "page.summary.all": "All {count} given numbers move {root} equally far: for a tiny step of any one of "
    "them, {root} {moves}.",
    "page.summary.tie": "Of {count} given numbers, {name} moves {root} most, together with {others}: for a "
    "tiny step of any one of them, {root} {moves}.",
    "page.summary.finite": "Of {count} given numbers with finite gradients, {name} moves {root} most: for a "
    "tiny step of it, {root} {moves}.",
    "page.summary.finite.one": "{name} is the one given number with a finite gradient: for a tiny step of "
    "it, {root} {moves}.",
    "page.summary.finite.all": "All {count} given numbers with finite gradients move {root} equally far: for "
    "a tiny step of any one of them, {root} {moves}.",
    "page.summary.finite.tie": "Of {count} given numbers with finite gradients, {name} moves {root} most, "
    "together with {others}: for a tiny step of any one of them, {root} {moves}.",
    "page.summary.others": "{count} others",
    "page.summary.of": "{count} of them",
    "page.summary.zero": "All {count} given numbers have gradient 0: by the chain rule, a tiny step of any "
    "one of them does not move {root}.",
    "page.summary.zero.one": "{name} is the one given number, and has gradient 0: by the chain rule, a tiny "
    "step of it does not move {root}.",
    "page.summary.zero.finite": "Every finite gradient here is 0.",
    "page.summary.odd": "No place in this order, for their gradients are nan or infinite: {names}.",
    "page.summary.rest": "{rest} more are not listed.",
    "page.surface": "{height} from {low}, faint, to {high}, strong: {across} to the right, from −{right} to "
    "{right}, {up} upwards, from −{top} to {top}. Press the plane to move the ring.",
    "page.surface.border": "{height} from {low}, blue, to {high}, orange; on the line it is {border}. "
    "{across} to the right, from −{right} to {right}, {up} upwards, from −{top} to {top}. Press the plane "
    "to move the ring.",
    "page.surface.floor": "{height} from {low}, without colour, to {high}, orange: nowhere below {border}. "
    "{across} to the right, from −{right} to {right}, {up} upwards, from −{top} to {top}. Press the plane "
    "to move the ring.",
    "page.surface.ceiling": "{height} from {low}, blue, to {high}, without colour: nowhere above {border}. "
    "{across} to the right, from −{right} to {right}, {up} upwards, from −{top} to {top}. Press the plane "
    "to move the ring.",
    "page.surface.flat": "{height} is {border} all over, and has no colour. "
    "{across} to the right, from −{right} to {right}, {up} upwards, from −{top} to {top}. Press the plane "
    "to move the ring.",
    "page.surface.above": "{height} from {low} to {high}, orange all over: above {border} everywhere. "
    "{across} to the right, from −{right} to {right}, {up} upwards, from −{top} to {top}. Press the plane "
    "to move the ring.",
    "page.surface.below": "{height} from {low} to {high}, blue all over: below {border} everywhere. "
    "{across} to the right, from −{right} to {right}, {up} upwards, from −{top} to {top}. Press the plane "
    "to move the ring.",
    # Pictures of architectures.
    "still.step": "{phase}, {count}: {headline}. {sentence}",
    "still.grids": "Grids of numbers with their gradients: {names}",
    "still.blamed": "{sign} = {grad}: each place where it was used adds its share",
    "still.unrolled": "A recurrent network unrolled over {count} steps",
    "still.carried": "What arrives along {carry} alone: the factors, times {sign} at the end",
    "still.attention": "Attention as lines and matrices, forward and backward",
    "still.weights": "weights",
    "still.weights.whole": "weights: a row sums to 1",
    "still.weight": "weight",
    "still.score": "score",
    "still.jacobian": "{query}: ∂weight/∂score",
}
