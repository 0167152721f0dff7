package imports

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// appendProof appends what the row says of consent. It is given only with its
// proof: text, source and time, of the row or else of the file. Without proof a
// yes is no answer, and the member is not mailable by it. A no needs no proof.
func (r *rowOf) appendProof(t []byte) []byte {
	at := r.moment(toConsentAt)
	unreadable := at.IsZero() && r.of(toConsentAt) != ""
	given, answered := r.answer(toConsent, !at.IsZero() || r.consent != nil && !unreadable)
	tracked, trackingAnswered := r.answer(toTracking, false)
	if _, asked := r.at[toTracking]; !asked {
		trackingAnswered = false
	}
	text, source := r.of(toConsentText), r.of(toConsentSource)
	proven := !unreadable && r.proven(at, text, source)
	var statement int64
	if proven && text != "" && (given && answered || tracked && trackingAnswered) {
		var err error
		if statement, err = r.statement(text); err != nil {
			r.err = err
		}
	}
	t = append(appendBool(t, given, answered && (proven || !given)), '\t')
	t = append(appendMoment(t, at), '\t')
	if statement == 0 {
		t = append(t, null...)
	} else {
		t = strconv.AppendInt(t, statement, 10)
	}
	t = r.appendOf(append(t, '\t'), toConsentSource)
	t = r.appendOf(append(t, '\t'), toConsentURL)
	t = r.appendIP(append(t, '\t'), toConsentIP)
	t = appendMoment(append(t, '\t'), r.moment(toOptinMailed))
	t = appendMoment(append(t, '\t'), r.moment(toConfirmedAt))
	t = r.appendIP(append(t, '\t'), toConfirmedIP)
	return appendBool(append(t, '\t'), tracked, trackingAnswered && (proven || !tracked))
}

// answer returns yes or no from the column of a target, and whether it is known.
// Without the column, otherwise is the answer, if it is yes.
func (r *rowOf) answer(target string, otherwise bool) (yes, known bool) {
	i, has := r.at[target]
	if !has {
		return otherwise, otherwise
	}
	s := r.field(i)
	if s == "" {
		return false, false
	}
	if yes, known = parseBool(s); !known {
		r.omit(i, "this is neither yes nor no")
	}
	return yes, known
}

// proven reports whether text, source and time of a consent are all known.
func (r *rowOf) proven(at time.Time, text, source string) bool {
	if r.consent != nil {
		return true // the file has what the row lacks
	}
	return !at.IsZero() && text != "" && source != ""
}

func (r *rowOf) appendOf(t []byte, target string) []byte {
	i, has := r.at[target]
	if !has {
		return append(t, null...)
	}
	return r.appendWords(t, i, r.field(i))
}

// appendIP appends an IP address, which the base checks as well: a wrong one
// would cost the whole chunk.
func (r *rowOf) appendIP(t []byte, target string) []byte {
	s := r.of(target)
	if s == "" {
		return append(t, null...)
	}
	ip, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil || ip.Zone() != "" {
		r.omit(r.plan.at[target], "this is no IP address")
		return append(t, null...)
	}
	return ip.AppendTo(t)
}
