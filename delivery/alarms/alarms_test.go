package alarms

import (
	"strings"
	"testing"
)

func TestSharesAreJudgedByTheirLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          Kind
		events, mails int
		want          Level
	}{
		{Complaints, 50, 999, None}, // too few mails
		{Complaints, 2, 1000, None}, // too few complaints, though it is 0.2%
		{Complaints, 3, 3001, None},
		{Complaints, 3, 3000, Warning},
		{Complaints, 29, 10_000, Warning},
		{Complaints, 30, 10_000, Alarm},
		{HardBounces, 199, 10_000, None},
		{HardBounces, 200, 10_000, Warning},
		{HardBounces, 500, 10_000, Alarm},
		{HardBounces, 0, 0, None},
	} {
		if got := Keurs().Judge(c.kind, Share{c.events, c.mails}); got != c.want {
			t.Errorf("%s: %d of %d is %q, want %q", c.kind, c.events, c.mails, got, c.want)
		}
	}
}

func TestAnAlarmLastsUntilItIsClearlyLess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          Kind
		events, mails int
		want          bool
	}{
		{Complaints, 10, 10_000, true},
		{Complaints, 8, 10_000, true},
		{Complaints, 7, 10_000, false},
		{HardBounces, 160, 10_000, true},
		{HardBounces, 159, 10_000, false},
		{HardBounces, 900, 999, false}, // too few mails to tell
	} {
		if got := Keurs().Lasts(c.kind, Share{c.events, c.mails}); got != c.want {
			t.Errorf("%s: %d of %d lasts: %v", c.kind, c.events, c.mails, got)
		}
	}
}

func TestLimitsOfAProviderGoBeforeThoseOfAll(t *testing.T) {
	t.Parallel()
	held := table{"google": {AtLeast: 1}, Default: {AtLeast: 2}}
	if held.of("google").AtLeast != 1 || held.of("yahoo").AtLeast != 2 || (table{}).of("yahoo") != Keurs() {
		t.Errorf("%+v", held)
	}
}

func TestLimitsAreChecked(t *testing.T) {
	t.Parallel()
	if err := Keurs().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Limits){
		"at_least":           func(l *Limits) { l.AtLeast = 0 },
		"complaints_warning": func(l *Limits) { l.ComplaintsWarning = 31 },
		"complaints_alarm":   func(l *Limits) { l.ComplaintsAlarm = 10_001 },
		"hard_warning":       func(l *Limits) { l.HardWarning = 0 },
		"hard_alarm":         func(l *Limits) { l.HardAlarm = -1 },
	} {
		l := Keurs()
		change(&l)
		if err := l.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", l, err, want)
		}
	}
}
