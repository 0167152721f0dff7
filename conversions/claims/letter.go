package claims

import (
	"cmp"
	"strings"

	"keur/accounts"
	"keur/internal/notices"
	"keur/internal/words"
)

// letter writes what is claimed, in a language. It tells of the member no more than
// the order and the click: neither name nor address.
func letter(locale string, c Case, k Known, advertiser string, by accounts.User, remark string) notices.Letter {
	return notices.Write(locale, "claim_letter."+string(c.Kind), "n", int64(c.ID), "advertiser", advertiser, "order", c.Order,
		"lines", lines(locale, c, k), "remark", remark, "name", by.Name, "email", by.Email)
}

// lines are what a claim says of the order, the click and the transaction.
func lines(locale string, c Case, k Known) string {
	say := words.In(locale)
	var all []string
	line := func(key, value string) {
		if value != "" {
			all = append(all, say.Of("claim_line", key, "value", value))
		}
	}
	if a, is := k.account(c.Facts); is {
		line("publisher", a.Publisher)
		line("programme", a.Programme)
	}
	line("ordered", say.T("claim_line.day", "day", c.Ordered))
	line("sale", say.Money(c.Sale, c.Currency))
	if c.Clicked != nil {
		line("clicked", say.T("claim_line.moment", "moment", c.Clicked.UTC().Format("2006-01-02T15:04:05")))
	}
	line("sub_id", c.SubID)
	if s := k.of(c.Facts); s != nil && c.Kind != Untracked {
		line("transaction", s.Ref)
		line("recorded", say.Money(s.Sale, s.Currency))
		line("reason", s.Reason)
	}
	return strings.Join(all, "\n")
}

// Say returns what the member may be told of a case, in a language.
func Say(locale string, c Case, k Known, advertiser string) string {
	say := words.In(locale)
	day := func(key string, d any) string { return say.Of("claim_line", key, "day", d) }
	earliest, answer := "", ""
	if e := k.Earliest(c.Ordered); e != nil {
		earliest = day("from_day", e)
	}
	if c.AnswerBy != nil {
		answer = day("until_day", c.AnswerBy)
	}
	verdict := ""
	if k.Verdict != nil {
		verdict = say.T("claim_line.within_days", "n", *k.Verdict)
	}
	reason := cmp.Or(c.Answer, c.Asks)
	if s := k.of(c.Facts); reason == "" && s != nil {
		reason = s.Reason
	}
	if reason != "" {
		reason = say.T("claim_line.they_say", "value", reason)
	}
	text := say.Of("claim_told", k.Told, "advertiser", advertiser, "order", c.Order, "day", c.Ordered, "earliest", earliest, "answer",
		answer, "verdict", verdict, "reason", reason)
	return strings.Join(strings.Fields(text), " ")
}
