"""The numbers the synthetic trial rests on, each with its source. What has no source is called an assumption.

PARK  Park 2025, Drug Des Devel Ther 19:9303, doi 10.2147/DDDT.S564085, tables 2 and 3, as coded in nlmixr2lib.
SNO25 phase II in glioma, 720 µg/kg.  PER12 Blood 2012;120:4882.  REG14 Medicine 2014;93:61.  ZON08 Blood 2008;112:287.
AHM13 Avicenna J Med 2013;3:37.  LIS23 NEJM 2023;388:1680.  GOR15 PLoS One 2015 0125248.  RAB95 JAIDS 1995;10 S2:67.
REF04 Clin Diagn Lab Immunol 2004;11:168 table 3.  SYN23 Synnovis lymphocyte subsets 2023.
THI16 CID 2016;62:1178.  C6 = the adverse event generator of the project's domain notes, anchored on the NT-I7 trials.
"""

from __future__ import annotations

# Drug: absorption from two depots, the second delayed; two compartments; clearance steps up once [PARK table 2].
ABSORPTION_RATE = 0.341  # per hour, both depots
DEPOT_SPLIT = 0.346  # logit of the first depot's share
SECOND_DEPOT_LAG = 22.5  # hours
CENTRAL_VOLUME = 1290.0  # litres
PERIPHERAL_VOLUME = 15000.0  # litres
EXCHANGE_FLOW = 10.8  # litres per hour
EARLY_CLEARANCE = {"M": 12.4, "F": 4.82}  # litres per hour, before the step
LATE_CLEARANCE = 45.8  # litres per hour, both sexes, after the step
CLEARANCE_STEP = 350.0  # hours since the first dose

# Lymphocytes: precursors, three transits, circulation [PARK table 3].
TRANSIT_TIME = 146.0  # hours
CIRCULATING_LOSS = 0.051  # per hour
FEEDBACK_POWER = 0.130
MAXIMUM_EFFECT = 0.155
HALF_EFFECT_CONCENTRATION = 0.066  # ng/mL
PARK_MEAN_ALC = 1314.4  # cells/µL, table 1: the baseline of the published simulations

# Variances between persons on the log scale [PARK]. That of the maximum effect (3.9) is left out: raised to the
# power 1/0.13 it gives counts of 1e8 cells/µL. A person's amplitude on the log fold, log-normal
# with mean 1, stands in its place (assumption): at 720 µg/kg it spreads the fold at week 4 from 1.8 to 4.7 (5th to 95th percentile).
BETWEEN_PERSONS = {"ka": 0.609, "bioavailability": 0.377, "vc": 0.198, "q": 1.81, "cl": 0.613, "mtt": 0.127, "ec50": 0.11}
AMPLITUDE_SD = 0.3

# Share of the log fold of ALC that each subset follows.
CD4_RESPONSE = 0.87  # +121 % against +148 % in ALC [SNO25]
CD8_RESPONSE = 1.1  # assumption
B_RESPONSE = 0.0  # no effect on B cells [PER12]
NK_RESPONSE = (0.0, 0.3)  # uniform between persons; between [PER12] (none) and the glioma trials (some)

# Baseline before treatment in idiopathic CD4 lymphopenia, log-normal: median and SD of the logarithm.
# Fitted to LIS23, REG14 and AHM13; the correlation is an assumption.
CD4_BASELINE, CD4_BOUNDS = (95.0, 0.85), (4.0, 300.0)
CD8_BASELINE, B_BASELINE, NK_BASELINE = (216.0, 0.79), (80.0, 0.8), (95.0, 0.75)
CD4_CD8_CORRELATION = 0.5
OTHER_T_SHARE = 0.05  # T cells that are neither CD4 nor CD8, as a share of CD4 + CD8
ENROLLED_ABOVE_BOUND = (305.0, 390.0)  # baseline of those enrolled on past counts below 300 (assumption)
NEAR_LIMIT_CD4 = 4.5  # baseline of the participant whose counts fall below the limit of quantification

# Persons: 46 of 79 women, age 44 ± 12 [REG14, ZON08]; the eligible ages; body measures are an assumption.
FEMALE_SHARE = 46 / 79
AGE, AGE_BOUNDS = (44.0, 12.0), (18, 75)
HEIGHT = {"M": (176.0, 7.0), "F": (162.0, 6.5)}  # cm
BODY_MASS_INDEX = (25.5, 0.17)  # median, SD of the logarithm
# From a BMI of 30 the adjusted weight: ideal + 0.4 (total − ideal), ideal weight by Devine (assumption: the record gives none).
OBESE_FROM, ADJUSTED_SHARE, IDEAL_AT_5_FEET = 30.0, 0.4, {"M": 50.0, "F": 45.5}

# Noise. Within-person CV 16 % physiological and 5 % assay [RAB95, GOR15]; GOR15 gives 16.6 % for CD4 and 9.6 % for CD4 %,
# so sqrt(0.096² − 0.05²) is a subset's own and the rest moves all lymphocytes together. The counting term is an assumption.
PHYSIOLOGICAL_CV, ASSAY_CV, SUBSET_CV = 0.16, 0.05, 0.096
COUNTING_FACTOR = 0.5  # SD = factor × sqrt(count)
SUBSET_LIMIT = 5.0  # cells/µL; below it a laboratory reports "<5" (assumption)

# Drug assay [PARK]: lower limit, endogenous IL-7 (median, SD of the logarithm = sqrt(ln(1 + 0.275²))), residual CV.
ASSAY_LIMIT, ENDOGENOUS_IL7, CONCENTRATION_CV = 0.031, (0.05, 0.27), 0.275

# Anti-drug antibodies: THI16 found binding antibodies in about 80 % and neutralising in about 38 % of those given CYT107;
# no percentage is known for NT-I7. Assumption: half develop binding antibodies, and 38 of 82 of these neutralise.
BINDING_SHARE, NEUTRALISING_SHARE = 0.5, 38 / 82

# Findings at enrolment: HPV disease and cryptococcosis [LIS23]; antinuclear antibodies (assumption).
HPV_SHARE, CRYPTOCOCCOSIS_SHARE, ANTINUCLEAR_SHARE = 0.29, 0.24, 0.15

# Conduct of the trial (assumptions): visits missed and unscheduled, early leavers.
MISSED_VISIT_SHARE, UNSCHEDULED_SHARE, LEAVER_SHARE = 0.03, 0.15, 0.03
