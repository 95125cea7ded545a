// Package survival estimates how long sites live, and how fast they come back,
// from durations that are known only as well as the scans that bounded them.
//
// # What it knows
//
// A [Row] is one duration: exact, known to lie in an interval (Left, Right], or
// still running (Right infinite), possibly watched only from a later moment on
// (Entry, left truncation) and possibly ended by one of several causes.
//
//   - [Turnbull] is the estimate that uses the intervals as they are: the
//     nonparametric maximum likelihood estimate of Peto (1973) and Turnbull (1976).
//   - [KaplanMeier] is the product-limit estimate with Greenwood standard errors
//     and log(-log) bounds. It needs points, so it puts an interval's death at
//     the midpoint and says how many rows that concerned.
//   - [LogRank] compares groups, [Incidence] splits deaths by cause
//     (Aalen-Johansen), [Curve.Quantile] and [Curve.RMST] summarise.
//   - [Summarize] does all of it for a table of rows and is what the call
//     "respawn survival" prints; [ReadCSV] and [WriteCSV] are its table form.
//
// # What it does not do
//
// It knows no domains, dates or states: durations are plain numbers in whatever
// unit the caller chose (days, elsewhere in this program). It fits no model,
// smooths nothing and never interpolates inside an interval where the data say
// nothing. It draws no random numbers, so the same rows in any order give the
// same result.
//
// # Where it follows R
//
// Results are meant to be checked against R's survival and interval packages
// and agree with them to rounding. Where those packages leave a choice, this one
// takes the following, and tests hold it there:
//
//   - Bounds and standard error of S = 0 do not exist (null in JSON), as in
//     summary(survfit(..., conf.type = "log-log")).
//   - A median that falls on a flat part of the curve is the middle of that part
//     up to the next death. If no death follows, it is the time at which the
//     curve reached one half (print.survfit), because the end of follow-up says
//     nothing about when half had died; quantile.survfit averages it in. Its
//     interval is where the bounds first cross one half (print.survfit), also
//     under delayed entry, where bounds may rise again and quantile.survfit can
//     put the lower bound above the median.
//   - Restricted means beyond the last observation hold S at its last value
//     (print.survfit with rmean); [RMST] says when that happened.
//   - Times that differ by less than the square root of the machine epsilon are
//     ties (aeqSurv), so 0.1+0.2 and 0.3 are one day.
//   - A row is at risk at t when Entry < t <= time; a death and a censoring at
//     the same t count the censored row as at risk.
//
// Everything here is a pure function of its arguments and safe for concurrent use.
package survival
