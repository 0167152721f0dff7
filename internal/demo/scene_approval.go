package demo

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// round is a round of approval as the API shows it.
type round struct {
	ID       int64    `json:"id"`
	Digest   string   `json:"digest"`
	State    string   `json:"state"`
	Audience int      `json:"audience"`
	Reviews  []review `json:"reviews"`
}

type review struct {
	ID         int64  `json:"id"`
	Step       string `json:"step"`
	Advertiser int64  `json:"advertiser_id"`
	Verdict    string `json:"verdict"`
}

// step returns the review of a step that is still to be decided.
func (r *round) step(name string) (review, error) {
	at := slices.IndexFunc(r.Reviews, func(v review) bool { return v.Step == name && v.Verdict == "pending" })
	if at < 0 {
		return review{}, fmt.Errorf("the round waits for no %s", name)
	}
	return r.Reviews[at], nil
}

// checklist is what the maker of a mailing signs off.
var checklist = []string{"content", "links", "audience", "slot", "terms"}

// approveMailings brings the two mailings through maker, clients and colleague.
// The third one, for trials, stops before its colleague.
func (s *stage) approveMailings(ctx context.Context) (string, error) {
	// Who signs off needn't be who wrote: the trial has one of each.
	s.trial.maker = s.editor
	for _, m := range append(slices.Clone(s.mailings), s.trial) {
		if err := m.maker.create(ctx, fmt.Sprintf("/mailings/%d/submit", m.ID), map[string]any{"revision_id": m.RevisionID, "checklist": checklist}, &m.round); err != nil {
			return "", err
		}
	}
	clients := 0
	for _, c := range s.campaigns {
		m := s.mailings[slices.IndexFunc(s.mailings, func(m *mailing) bool { return m.of.Code == c.label })]
		if err := s.clientApproves(ctx, m, c); err != nil {
			return "", fmt.Errorf("%s: %w", c.contact, err)
		}
		clients++
	}
	audience := 0
	for _, m := range s.mailings {
		if err := s.colleagueApproves(ctx, m); err != nil {
			return "", err
		}
		audience += m.round.Audience
	}
	return fmt.Sprintf("2 makers, %d clients by the link in their mail, 1 colleague; for %s members", clients, grouped(int64(audience))), nil
}

var (
	invitation = regexp.MustCompile(`https?://\S+/a/\S+`)
	seenDigest = regexp.MustCompile(`name="digest" value="([0-9a-f]{64})"`)
)

// clientApproves does what a contact does: find the link in the mail, open it,
// and press the button.
func (s *stage) clientApproves(ctx context.Context, m *mailing, c *campaign) error {
	var link string
	if err := until(ctx, 15*time.Second, "the invitation", func() (bool, error) {
		mail := s.post.find(c.email, m.Name)
		if mail == nil || mail.came.Before(s.began) {
			return false, nil
		}
		link = invitation.FindString(mail.text)
		return link != "", nil
	}); err != nil {
		return err
	}
	_, shown, err := visit(ctx, http.MethodGet, link, browser, nil)
	if err != nil {
		return err
	}
	digest := seenDigest.FindStringSubmatch(shown)
	if digest == nil || digest[1] != m.round.Digest {
		return fmt.Errorf("the page at %s doesn't show what was submitted", link)
	}
	status, answer, err := visit(ctx, http.MethodPost, link, browser, url.Values{"digest": {digest[1]}, "verdict": {"approve"}})
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%d %s", status, words(answer))
	}
	return err
}

// colleagueApproves is the last step: someone who didn't work on the mailing.
func (s *stage) colleagueApproves(ctx context.Context, m *mailing) error {
	if err := s.colleague.get(ctx, fmt.Sprintf("/rounds/%d", m.round.ID), &m.round); err != nil {
		return err
	}
	review, err := m.round.step("colleague")
	if err != nil {
		return err
	}
	return s.colleague.create(ctx, fmt.Sprintf("/reviews/%d/approve", review.ID), map[string]string{"digest": m.round.Digest}, &m.round)
}

// browser is what people here look at pages with.
const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

// visit asks for a page as the program does that agent names. With a form it
// sends that.
func visit(ctx context.Context, method, address, agent string, form url.Values) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("User-Agent", agent)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusFound {
		return response.StatusCode, response.Header.Get("Location"), err
	}
	return response.StatusCode, string(page), err
}

var markup = regexp.MustCompile(`(?s)<style.*?</style>|<title.*?</title>|<[^>]*>|\s+`)

// words is what a person reads on a page.
func words(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(markup.ReplaceAllString(page, " "))), " ")
}
