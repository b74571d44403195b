"""Methods of the Go types that expressions can meet: `time.Time`, `time.Duration` and their parts."""

from __future__ import annotations

from corefile.golang.exprlang.natures import (
    BOOL,
    BYTES,
    DURATION,
    FLOAT,
    INT,
    INT64,
    LOCATION,
    STRING,
    TIME,
    Nature,
    function,
)

_MONTH = Nature("int", "time.Month")
_WEEKDAY = Nature("int", "time.Weekday")
_NATURES = {
    nature.name: nature
    for nature in (BOOL, BYTES, DURATION, FLOAT, INT, INT64, LOCATION, STRING, TIME, _MONTH, _WEEKDAY)
}

# `Name(params)result`, as `reflect` lists them; methods of more than two results cannot be called in expressions.
_TABLE = {
    "time.Time": """
        Add(time.Duration)time.Time AddDate(int,int,int)time.Time After(time.Time)bool
        AppendBinary([]uint8)[]uint8 AppendFormat([]uint8,string)[]uint8 AppendText([]uint8)[]uint8
        Before(time.Time)bool Clock() Compare(time.Time)int Date() Day()int Equal(time.Time)bool
        Format(string)string GoString()string GobEncode()[]uint8 Hour()int ISOWeek()int
        In(*time.Location)time.Time IsDST()bool IsZero()bool Local()time.Time Location()*time.Location
        MarshalBinary()[]uint8 MarshalJSON()[]uint8 MarshalText()[]uint8 Minute()int Month()time.Month
        Nanosecond()int Round(time.Duration)time.Time Second()int String()string Sub(time.Time)time.Duration
        Truncate(time.Duration)time.Time UTC()time.Time Unix()int64 UnixMicro()int64 UnixMilli()int64
        UnixNano()int64 Weekday()time.Weekday Year()int YearDay()int Zone()string ZoneBounds()time.Time
    """,
    "time.Duration": """
        Abs()time.Duration Hours()float64 Microseconds()int64 Milliseconds()int64 Minutes()float64 Nanoseconds()int64
        Round(time.Duration)time.Duration Seconds()float64 String()string Truncate(time.Duration)time.Duration
    """,
    "time.Month": "String()string",
    "time.Weekday": "String()string",
    "*time.Location": "String()string",
}


def method(nature: Nature, name: str) -> Nature | None:
    """The type of a method, without its receiver; a result of None marks one that cannot be called."""
    for signature in _TABLE.get(nature.name, "").split():
        if signature.startswith(name + "("):
            params, _, result = signature[len(name) + 1 :].partition(")")
            natures = [_NATURES[param] for param in params.split(",") if param]
            if not result:
                return Nature("func", f"func({params})", params=tuple(natures))
            return function(_NATURES[result], *natures)
    return None
