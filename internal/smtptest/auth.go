package smtptest

import (
	"crypto/hmac"
	"crypto/md5" // CRAM-MD5 is made of it (RFC 2195)
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

const challenge = "<1.2@test.invalid>"

func (c *conversation) mechanisms() []string {
	if c.server.config.Mechanisms != nil {
		return c.server.config.Mechanisms
	}
	return []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"}
}

// auth runs one exchange of AUTH (RFC 4954).
func (c *conversation) auth(rest string) error {
	mechanism, initial, _ := strings.Cut(rest, " ")
	if !slices.Contains(c.mechanisms(), mechanism) {
		return c.say("504 5.5.4 unknown mechanism")
	}
	var known bool
	var err error
	switch mechanism {
	case "PLAIN":
		known, err = c.plain(initial)
	case "LOGIN":
		known, err = c.login()
	case "CRAM-MD5":
		known, err = c.cramMD5()
	case "SCRAM-SHA-256":
		known, err = c.scram(initial)
	}
	if err != nil {
		return err
	}
	if !known {
		return c.act(c.at(AtAuth), "535 5.7.8 who are you")
	}
	return c.act(c.at(AtAuth), "235 2.7.0 welcome")
}

func (c *conversation) plain(initial string) (bool, error) {
	initial, err := c.initial(initial)
	return slices.ContainsFunc(c.server.config.Users, func(u User) bool {
		return initial == "\x00"+u.Name+"\x00"+u.Password
	}), err
}

// initial returns the client's first message, which may have come with AUTH.
func (c *conversation) initial(given string) (string, error) {
	if given != "" {
		return decode(given), nil
	}
	return c.ask("")
}

func (c *conversation) login() (bool, error) {
	name, err := c.ask("Username:")
	if err != nil {
		return false, err
	}
	password, err := c.ask("Password:")
	return slices.Contains(c.server.config.Users, User{name, password}), err
}

func (c *conversation) cramMD5() (bool, error) {
	answer, err := c.ask(challenge)
	return slices.ContainsFunc(c.server.config.Users, func(u User) bool {
		mac := hmac.New(md5.New, []byte(u.Password))
		mac.Write([]byte(challenge))
		return answer == u.Name+" "+hex.EncodeToString(mac.Sum(nil))
	}), err
}

// ask sends a challenge and returns what came back.
func (c *conversation) ask(question string) (string, error) {
	if err := c.say("334 " + base64.StdEncoding.EncodeToString([]byte(question))); err != nil {
		return "", err
	}
	line, err := c.read()
	return decode(line), err
}

func decode(s string) string {
	b, _ := base64.StdEncoding.DecodeString(s)
	return string(b)
}
