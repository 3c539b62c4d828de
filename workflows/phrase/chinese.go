package phrase

import (
	"strings"
	"unicode/utf8"
)

// chinese holds every Chinese word that means something to the reader. There is no space between words, so the longest word that fits is
// taken, and some words stand here only so that no part of them is taken for another (休息 is not 休). longestHan is the length, in bytes, of
// the longest word that begins with a rune.
var chinese, longestHan = buildChinese()

func buildChinese() (map[string]token, map[rune]int) {
	words := map[string]token{}
	put := func(t token, texts string) {
		for text := range strings.FieldsSeq(texts) {
			words[text] = t
		}
	}
	put(token{class: relative, n: -3}, "大前天")
	put(token{class: relative, n: -2}, "前天")
	put(token{class: relative, n: -1}, "昨天 昨日")
	put(token{class: relative, n: 0}, "今天 今日")
	put(token{class: relative, n: 1}, "明天 明日")
	put(token{class: relative, n: 2}, "后天")
	put(token{class: relative, n: 3}, "大后天")
	put(token{class: yearOf, n: -1}, "去年")
	put(token{class: yearOf, n: 0}, "今年 本年")
	put(token{class: yearOf, n: 1}, "明年")
	put(token{class: half, n: 0}, "上午 早上")
	put(token{class: half, n: 1}, "下午")
	put(token{class: hours}, "晚上 夜里 夜晚 半夜 中午 午间 凌晨 傍晚 清晨 午后")
	put(token{class: halfDay}, "半天 半日")
	put(token{class: days}, "天")
	put(token{class: counted}, "周 星期 礼拜 个周 个星期 个礼拜 个月 工作日 个工作日 周年")
	put(token{class: clock}, "点 点钟 小时 个小时 钟头 个钟头 分钟")
	put(token{class: unitYear}, "年")
	put(token{class: unitMonth}, "月")
	put(token{class: unitDay}, "日 号")
	put(token{class: link}, "到 至")
	put(token{class: link, firm: true}, "直到 一直到 直至")
	put(token{class: later}, "后 之后 以后 过后")
	put(token{class: onward}, "起 开始 算起")
	put(token{class: whichMonth, n: -1}, "上月 上个月")
	put(token{class: whichMonth, n: 0}, "本月 这个月 这月 当月")
	put(token{class: whichMonth, n: 1}, "下月 下个月")
	put(token{class: twoDays, n: 0}, "今明天 今明两天")
	put(token{class: twoDays, n: 1}, "明后天 明后两天")
	put(token{class: vague}, "周末 本周末 这周末 下周末 上周末 月底 月初 月末 年底 年初 年末 "+
		"今明 明后 大大后天 今早 今晚 明早 明晚 后年 前年")
	put(token{class: other}, "之前 以前 以来 左右 前后 中旬 上旬 下旬 之间 为止 每个 除了 除去 不是 大约 大概 截止 截至 自从 "+
		"申请 提交 谢谢 多谢 你好 您好 麻烦 请假 休假 年假 病假 事假 调休 调休假 我要 我想 想要 不要 不用 不请 不请假 取消 以外 之外 一下 一共 总共 共同 先天后天 全天 整天 一整天 一起 一样 一定 一直 一些 一般 十分 万一 "+
		"休息 休养 自己 自费 自驾 自动 请客 请教 请问 请示 至少 至今 到家 到期 到货 到达 到底 起床 起来 从事 从来 从小 从容 周到 周围 周边 周转 号码 号楼")
	names := []string{"一", "二", "三", "四", "五", "六", "日"}
	for prefix, weeks := range map[string]int8{
		"": plain, "本": 0, "这": 0, "这个": 0, "下": 1, "下个": 1, "下下": 2, "下下个": 2, "上": -1, "上个": -1,
	} {
		for _, unit := range []string{"周", "星期", "礼拜"} {
			if prefix != "" {
				put(token{class: week, n: int(weeks)}, prefix+unit)
			}
			for n, name := range names {
				put(token{class: weekday, n: n, weeks: weeks}, prefix+unit+name)
			}
			put(token{class: weekday, n: 6, weeks: weeks}, prefix+unit+"天")
		}
	}

	longest := map[rune]int{}
	for text, t := range words {
		t.text, t.han = text, true
		words[text] = t
		first, _ := utf8.DecodeRuneInString(text)
		longest[first] = max(longest[first], len(text))
	}
	return words, longest
}

// hanBytes is the length of each rune in the words above.
const hanBytes = 3

// scanHan reads a known word, a numeral, or a single character.
func scanHan(line string, start int) token {
	first, size := utf8.DecodeRuneInString(line[start:])
	for end := start + longestHan[first]; end > start; end -= hanBytes {
		if end > len(line) {
			continue
		}
		if t, ok := chinese[line[start:end]]; ok && !partOfAnother(line, start, t) {
			t.end = end
			return t
		}
	}
	if strings.ContainsRune(numeralRunes, first) {
		end := skipWhile(line, start, func(r rune) bool { return strings.ContainsRune(numeralRunes, r) })
		return token{class: numeral, n: readNumeral(line[start:end]), han: true, text: line[start:end], end: end}
	}
	return token{class: other, han: true, text: line[start : start+size], end: start + size}
}

// partOfAnother says whether a word is only two halves of its neighbours: 说明天气 has no 明天, 今后天天 no 后天, 下周天气 no 周天, 后天性 no 后天.
func partOfAnother(line string, start int, w token) bool {
	previous, _ := utf8.DecodeLastRuneInString(line[:start])
	following, _ := utf8.DecodeRuneInString(line[start+len(w.text):])
	switch {
	case w.class == relative && w.n == 1, w.class == twoDays && w.n == 1:
		return strings.ContainsRune("说证声表文发聪透申注标", previous)
	case w.class == relative && w.n == 2:
		return strings.ContainsRune("今以最然背随先", previous) || following == '性'
	case w.class == relative && w.n == 0:
		return strings.ContainsRune("如当现", previous)
	case w.class == weekday && strings.HasSuffix(w.text, "天"):
		return following == '气'
	case w.class == vague && w.text == "明后":
		return following != '两'
	}
	return false
}

// 几 and 数 stand here so that 几天 and 十几天 are numbers of days that are not known.
const numeralRunes = "〇零一二两三四五六七八九十几数百千万"

// readNumeral reads a number below 100, as 三, 十, 十二, 二十, 三十一; -1 is none of them (三五, 十几).
func readNumeral(s string) int {
	tens, unit, seen := 0, 0, false // seen: 十
	for _, r := range s {
		n := strings.IndexRune("一二三四五六七八九", r)
		if n >= 0 {
			n = n/len("一") + 1
		}
		switch {
		case r == '十' && !seen:
			tens, unit, seen = max(unit, 1), 0, true
		case r == '两' && s == "两":
			unit = 2
		case n > 0 && unit == 0:
			unit = n
		default:
			return -1
		}
	}
	return tens*10 + unit
}
