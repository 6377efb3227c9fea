/**
 * A pure function of one text that remembers its latest answers: most of what it is asked, it was just
 * asked. When it remembers too much it forgets all, which costs one calculation each.
 *
 * @param most answers remembered
 */
export function remembered<Answer>(
  most: number,
  make: (text: string) => Answer,
): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = make(text);
    if (answers.size >= most) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
