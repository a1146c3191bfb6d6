"""A scalar autograd engine you can see through."""

from autograd.ops import cos as cos
from autograd.ops import dot as dot
from autograd.ops import exp as exp
from autograd.ops import log as log
from autograd.ops import max as max
from autograd.ops import maximum as maximum
from autograd.ops import min as min
from autograd.ops import minimum as minimum
from autograd.ops import relu as relu
from autograd.ops import sigmoid as sigmoid
from autograd.ops import sin as sin
from autograd.ops import sqrt as sqrt
from autograd.ops import sum as sum
from autograd.ops import tanh as tanh
from autograd.ops import where as where
from autograd.value import Value as Value
from autograd.value import no_grad as no_grad
