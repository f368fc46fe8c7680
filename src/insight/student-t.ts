/**
 * Student's t distribution. Its tail is the regularized incomplete beta function (Abramowitz and Stegun 1964, 26.7.1),
 * here by Lentz's continued fraction (26.5.8), good to about twelve digits.
 */

/** Lanczos coefficients for the logarithm of the gamma function, g = 7 (Godfrey 2001). */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** The natural logarithm of the gamma function, for arguments from 0.5. */
function logGamma(argument: number): number {
  const x = argument - 1
  const base = x + 7.5
  const series = lanczos.reduce((sum, c, i) => (i === 0 ? c : sum + c / (x + i)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(base) - base + Math.log(series)
}

function continuedFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1))
  let fraction = d
  const step = (coefficient: number) => {
    d = 1 / (1 + coefficient * d)
    c = 1 + coefficient / c
    fraction *= d * c
  }
  for (let m = 1; m <= 500; m++) {
    const before = fraction
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)))
    step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)))
    if (Math.abs(fraction / before - 1) < 1e-14) break
  }
  return fraction
}

/** The regularized incomplete beta function I_x(a, b), for 0 < x < 1. */
function incompleteBeta(a: number, b: number, x: number): number {
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(a, b, x)) / a
    : 1 - (front * continuedFraction(b, a, 1 - x)) / b
}

/**
 * The probability of a value at least as far from 0 as `t`, on either side.
 * @param df degrees of freedom, at least 1; need not be whole.
 */
export function twoSidedP(t: number, df: number): number {
  if (t === 0) return 1
  if (!Number.isFinite(t)) return 0
  return incompleteBeta(df / 2, 0.5, df / (df + t * t))
}

/**
 * How far from 0 a value has to be for `twoSidedP` to be 0.05: half the width of a 95 % interval, in standard errors.
 * @param df degrees of freedom, at least 1.
 */
export function criticalT(df: number): number {
  // Newton's method: from below it never passes the root, because the tail is convex.
  const density = Math.exp(logGamma((df + 1) / 2) - logGamma(df / 2)) / Math.sqrt(df * Math.PI)
  let t = 1.9
  for (let step = 1; step > 1e-9; t += step) {
    step = (twoSidedP(t, df) - 0.05) / (2 * density * (1 + (t * t) / df) ** (-(df + 1) / 2))
  }
  return t
}
