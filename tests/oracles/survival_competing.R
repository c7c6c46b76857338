# Survival at landmarks, conditional survival, stratified log-rank and Aalen-Johansen incidence of R's survival package.
library(survival)
folder <- "tests/oracles"
write <- function(frame, name) write.csv(format(frame, digits = 15, trim = TRUE), file.path(folder, name), row.names = FALSE, quote = FALSE)

# Survival at days, with the number at risk; none beyond the last time.
at <- function(case, time, event, days) {
  found <- summary(survfit(Surv(time, event) ~ 1, conf.type = "log-log"), times = days, extend = FALSE)
  data.frame(case = case, day = found$time, survival = found$surv, lower = found$lower, upper = found$upper, at_risk = found$n.risk)
}
maintained <- subset(aml, x == "Maintained")
write(rbind(
  at("lung", lung$time, lung$status - 1, c(28, 90, 180, 310, 365, 730, 1022)),
  at("aml-maintained", maintained$time, maintained$status, c(5, 9, 13, 28, 90, 160)),
  at("event-at-zero", c(0, 0, 14, 30, 98, 420), c(1, 1, 1, 0, 1, 0), c(0, 14, 28, 90, 180, 365))
), "survival_landmarks.csv")

# The curve from day 180 of those alive and under observation after it.
later <- subset(lung, time > 180)
fit <- survfit(Surv(time - 180, status - 1) ~ 1, data = later, conf.type = "log-log")
write(data.frame(time = fit$time, survival = fit$surv, lower = fit$lower, upper = fit$upper, at_risk = fit$n.risk), "survival_conditional.csv")
q <- summary(fit)$table[c("records", "events", "median", "0.95LCL", "0.95UCL")]
write(data.frame(n = q[[1]], events = q[[2]], median = q[[3]], lower = q[[4]], upper = q[[5]]), "survival_conditional_median.csv")

test <- function(name, frame) {
  found <- survdiff(Surv(time, event) ~ group + strata(stratum), data = frame)
  expected <- if (is.matrix(found$exp)) rowSums(found$exp) else found$exp
  df <- sum(expected > 0) - 1
  data.frame(test = name, statistic = found$chisq, df = df, p = pchisq(found$chisq, df, lower.tail = FALSE))
}
known <- subset(lung, !is.na(inst) & !is.na(ph.ecog))
cases <- list(
  "lung-sex-by-institution" = with(known, data.frame(time, event = status - 1, group = sex, stratum = inst)),
  "lung-performance-by-sex" = with(known, data.frame(time, event = status - 1, group = ph.ecog, stratum = sex)),
  # Group c is at risk in no stratum at an event; stratum 3 holds one group only.
  "small" = data.frame(
    time = c(14, 30, 98, 420, 420, 14, 14, 30, 79, 420, 5, 9, 60, 90),
    event = c(1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0),
    group = c("a", "a", "b", "b", "a", "b", "b", "a", "b", "a", "c", "c", "a", "a"),
    stratum = c(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 1, 2, 3, 3)
  )
)
write(do.call(rbind, lapply(names(cases), function(name) cbind(test = name, cases[[name]]))), "log_rank_stratified_data.csv")
write(do.call(rbind, lapply(names(cases), function(name) test(name, cases[[name]]))), "log_rank_stratified.csv")

# mgus2: progression (1) or death without it (2), as in the package's vignette on competing risks.
mgus <- with(mgus2, data.frame(time = ifelse(pstat == 0, futime, ptime), cause = ifelse(pstat == 0, 2 * death, 1), sex = as.character(sex)))
competing <- list(
  "mgus2" = mgus[c("time", "cause")],
  "mgus2-women" = subset(mgus, sex == "F")[c("time", "cause")],
  # Ties of both causes with each other and with a censoring; everybody ends; an event at time 0; one cause alone.
  "tied" = data.frame(time = c(5, 5, 5, 8, 8, 9, 12, 12, 20, 25), cause = c(1, 2, 0, 1, 1, 0, 2, 1, 0, 2)),
  "at-zero" = data.frame(time = c(0, 0, 3, 7, 9), cause = c(1, 2, 1, 0, 2)),
  "one-cause" = data.frame(time = c(2, 4, 4, 6, 8), cause = c(1, 1, 0, 1, 0))
)
write(do.call(rbind, lapply(names(competing), function(name) cbind(case = name, competing[[name]]))), "incidence_data.csv")
incidence <- function(name) {
  rows <- competing[[name]]
  fit <- survfit(Surv(time, factor(cause, 0:2, c("none", "1", "2"))) ~ 1, data = rows, conf.type = "log-log")
  do.call(rbind, lapply(1:2, function(k) {
    place <- which(fit$states == as.character(k))
    data.frame(case = name, cause = k, time = fit$time, incidence = fit$pstate[, place], error = fit$std.err[, place],
               lower = fit$lower[, place], upper = fit$upper[, place], at_risk = fit$n.risk[, 1])
  }))
}
found <- do.call(rbind, lapply(names(competing), incidence))
write(found, "incidence.csv")
