package picture_test

import (
	"fmt"

	"github.com/nod-chat/nod/bot/picture"
)

// A month's expenses by cost centre: the sums that the storage gave, in the reader's words.
func ExampleRanked() {
	groups, values, err := picture.Ranked([]picture.Share{
		{Name: "Sales South", Value: 310_050}, {Name: "Sales East", Value: 1_250_000}, {Name: "Training", Value: 40_000},
		{Name: "Office", Value: 20_000},
	}, 3, "Other")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := picture.Bars{
		Title: "Expenses by cost centre", Unit: "CNY · November 2026", Empty: "Nothing yet",
		Groups: groups, Series: []picture.Series{values},
		Format: func(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) },
	}.Picture("expenses.png")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Name, len(p.PNG) > 0)
	fmt.Println(p.Alt)
	// Output:
	// expenses.png true
	// Expenses by cost centre
	// CNY · November 2026
	// Sales East 12500.00
	// Sales South 3100.50
	// Other 600.00
}

// The last months, each by category: a month in which nothing was spent has a row, too.
func ExampleStacked() {
	months := []string{"9月", "10月", "11月"}
	series, err := picture.Stacked(months, []picture.Cell{
		{Group: "9月", Series: "差旅费", Value: 800_000}, {Group: "9月", Series: "住宿费", Value: 1_200_000},
		{Group: "11月", Series: "差旅费", Value: 950_000},
	}, "其他")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := picture.Bars{
		Title: "近三个月报销金额", Unit: "单位：元", Empty: "暂无数据", Groups: months, Series: series,
		Format: func(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) },
	}.Picture("报销.png")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Alt)
	// Output:
	// 近三个月报销金额
	// 单位：元
	// 9月 20000.00 (差旅费 8000.00, 住宿费 12000.00)
	// 10月 0.00
	// 11月 9500.00 (差旅费 9500.00)
}
