// Package spamd asks SpamAssassin's daemon what it holds against a mail, in the
// protocol of spamc (spamd/PROTOCOL of SpamAssassin, version 1.5).
package spamd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"

	"keur/internal/fault"
)

// within is how long the daemon may take; its lookups in DNS take most of it.
const within = 20 * time.Second

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Verdict is what the daemon makes of a mail.
type Verdict struct {
	Score     float64
	Threshold float64 // from which on it takes mail for spam
	Rules     []Rule  // those that the mail met, as the daemon lists them
}

// Above reports whether the daemon takes the mail for spam.
func (v Verdict) Above() bool { return v.Score >= v.Threshold }

// Rule is one that the mail met.
type Rule struct {
	Name   string // such as HTML_IMAGE_ONLY_08
	Points float64
	Text   string // what it means, in the daemon's language
}

var (
	ruleGrade  = regexp.MustCompile(`(_\d+)+$`)
	ruleSource = regexp.MustCompile(`^[A-Z]+: +`) // which part of the mail a rule reads, such as BODY
)

// Family names the rule without its grade: HTML_IMAGE_ONLY_08 is
// html_image_only in some degree.
func (r Rule) Family() string { return strings.ToLower(ruleGrade.ReplaceAllString(r.Name, "")) }

// Meaning is Text without the part of the mail that the rule reads.
func (r Rule) Meaning() string { return ruleSource.ReplaceAllString(r.Text, "") }

// Client reaches a daemon.
type Client struct{ network, address string }

// New returns a client of the daemon at an address such as 127.0.0.1:783, or at
// a socket such as /run/spamd.sock.
func New(address string) (*Client, error) {
	if strings.HasPrefix(address, "/") {
		return &Client{"unix", address}, nil
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("the spam checker's address is one such as 127.0.0.1:783 or /run/spamd.sock, not %q: %w", address, err)
	}
	return &Client{"tcp", address}, nil
}

// Check returns what the daemon makes of a whole mail. Returns an unavailable
// fault if the daemon can't be reached or doesn't come to a verdict in time.
func (c *Client) Check(ctx context.Context, mail []byte) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	verdict, err := c.ask(ctx, mail)
	if err != nil {
		return verdict, fault.Wrap(err, fault.Unavailable, "delivery.spam_checker_silent", "error", err)
	}
	return verdict, nil
}

func (c *Client) ask(ctx context.Context, mail []byte) (Verdict, error) {
	conn, err := new(net.Dialer).DialContext(ctx, c.network, c.address)
	if err != nil {
		return Verdict{}, err
	}
	defer func() { _ = conn.Close() }()
	// Reading and writing end with the context, be it by time or by a reader who left.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := fmt.Fprintf(conn, "REPORT SPAMC/1.5\r\nContent-length: %d\r\n\r\n%s", len(mail), mail); err != nil {
		return Verdict{}, err
	}
	return readVerdict(io.LimitReader(conn, maxAnswer))
}

var status = regexp.MustCompile(`^SPAMD/[0-9.]+ ([0-9]+) (.*)$`)

// readVerdict reads an answer: a status, headers, and the report, which ends with
// the connection.
func readVerdict(r io.Reader) (Verdict, error) {
	lines := textproto.NewReader(bufio.NewReader(r))
	first, err := lines.ReadLine()
	if err != nil {
		return Verdict{}, err
	}
	if said := status.FindStringSubmatch(first); said == nil || said[1] != "0" {
		return Verdict{}, fmt.Errorf("it says %q", first)
	}
	headers, err := lines.ReadMIMEHeader()
	if err != nil {
		return Verdict{}, err
	}
	v, err := parseScore(headers.Get("Spam"))
	if err != nil {
		return v, err
	}
	report, err := io.ReadAll(lines.R)
	v.Rules = parseRules(string(report))
	return v, err
}

// parseScore reads a header such as "True ; 6.2 / 5.0".
func parseScore(header string) (v Verdict, err error) {
	_, figures, _ := strings.Cut(header, ";")
	score, threshold, found := strings.Cut(figures, "/")
	if !found {
		return v, fmt.Errorf("it gives no score but %q", header)
	}
	if v.Score, err = strconv.ParseFloat(strings.TrimSpace(score), 64); err != nil {
		return v, err
	}
	v.Threshold, err = strconv.ParseFloat(strings.TrimSpace(threshold), 64)
	return v, err
}

// ruleLine is one of the report's table; what a description has too much goes on
// below it, indented.
var ruleLine = regexp.MustCompile(`^ *(-?[0-9]+(?:\.[0-9]+)?) +([A-Za-z0-9_]+)(?: +(.*))?$`)

// parseRules reads the table at the end of a report. What stands before it is
// partly the mail's own text, which might look like one.
func parseRules(report string) []Rule {
	report = strings.ReplaceAll(report, "\r\n", "\n")
	_, table, _ := strings.Cut(report[max(strings.LastIndex(report, "\n---- ---"), 0):], "--\n")
	var rules []Rule
	for line := range strings.Lines(table) {
		line = strings.TrimRight(line, " \n")
		row := ruleLine.FindStringSubmatch(line)
		switch {
		case row != nil:
			points, _ := strconv.ParseFloat(row[1], 64) // the pattern knows only numbers
			rules = append(rules, Rule{Name: row[2], Points: points, Text: row[3]})
		case len(rules) > 0 && strings.HasPrefix(line, "    "):
			rules[len(rules)-1].Text += " " + strings.TrimSpace(line)
		case len(rules) > 0:
			return rules
		}
	}
	return rules
}
