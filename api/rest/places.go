package rest

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"keur/internal/fault"
)

// Rooms name a value by the way from the thing that they were given: all[0].value
// of a rule. A caller sent that thing within a body, so a problem begins the way
// there: rule.all[0].value.

// Within returns err with the values that it names below a field of the body. Those
// beside it, whose names are given, stay where they are.
func Within(field string, err error, beside ...string) error {
	return moved(err, func(path string) string {
		if slices.Contains(beside, firstStep(path)) {
			return path
		}
		return below(field, path)
	})
}

// WithinAudience returns err with what it says of an audience below the field
// audience, where other values stand beside it.
func WithinAudience(err error) error {
	return moved(err, func(path string) string {
		if slices.Contains(ofAudience, firstStep(path)) {
			return below("audience", path)
		}
		return path
	})
}

// ofAudience are the fields of segments.Audience.
var ofAudience = []string{
	"segments", "exclude", "exclude_mailings", "once_per_member", "topic", "holdout_percent", "holdout_salt", "cap", "seed",
}

// OfSource returns err with what it says of a template's place in a brief as of the
// source that was sent alone.
func OfSource(err error) error {
	return moved(err, func(path string) string {
		if path == "template" {
			return "source"
		}
		return strings.TrimPrefix(path, "template.")
	})
}

// Renamed returns err with the value from called to, where the API has another name
// for it.
func Renamed(err error, from, to string) error {
	return moved(err, func(path string) string {
		if path == from {
			return to
		}
		return path
	})
}

// OfPath returns err with the values called so as of what a part of the path names:
// they are that thing's, and weren't sent with the call.
func OfPath(part string, err error, names ...string) error {
	return moved(err, func(path string) string {
		if slices.Contains(names, path) {
			return fromRoot + "path." + part
		}
		return path
	})
}

// fromRoot begins a way that doesn't lead from where a call's values stand.
const fromRoot = "/"

// placeOf returns where a value stands that a fault names, in what was sent.
func placeOf(in, path string) string {
	if rooted, is := strings.CutPrefix(path, fromRoot); is {
		return rooted
	}
	return in + "." + path
}

func firstStep(path string) string {
	step, _, _ := strings.Cut(path, ".")
	step, _, _ = strings.Cut(step, "[")
	return step
}

func below(field, path string) string {
	if path == "" || strings.HasPrefix(path, "[") {
		return field + path
	}
	return field + "." + path
}

// moved returns err with each value that it names where to says.
func moved(err error, to func(path string) string) error {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Details) == 0 {
		return err
	}
	at := *f
	at.Details = slices.Clone(f.Details)
	for i := range at.Details {
		at.Details[i].Path = to(at.Details[i].Path)
	}
	return &at
}

// tooLarge is what Go's decoder says of a number that its type can't hold.
var tooLarge = regexp.MustCompile(`^json: cannot unmarshal number .* into Go (?:value|struct field [^.]*\.(\S+)) of type`)

// plain says in words of the caller what huma and Go's decoder say in theirs.
func plain(message string) string {
	if strings.HasPrefix(message, "invalid date/time for format") {
		return "expected a date and time such as 2026-11-24T09:00:00Z"
	}
	if found := tooLarge.FindStringSubmatch(message); found != nil {
		if found[1] == "" {
			return "a number is out of range"
		}
		return "the number at " + found[1] + " is out of range"
	}
	return message
}
