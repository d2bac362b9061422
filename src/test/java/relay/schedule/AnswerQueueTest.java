package relay.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Answers are given in order, whatever the executor or one of them does. */
class AnswerQueueTest {
    private final List<Runnable> tasks = new ArrayList<>();
    private final List<String> given = new ArrayList<>();
    private boolean takes = true;
    private final Executor executor = task -> {
        if (!takes) {
            throw new RejectedExecutionException("full");
        }
        tasks.add(task);
    };
    private final AnswerQueue answers = new AnswerQueue(executor);

    @Test
    void thoseThatComeWhileOthersAreGivenCostNoFurtherTask() {
        answers.add(() -> given.add("first"));
        answers.add(() -> given.add("second"));
        assertThat(tasks).hasSize(1);
        assertThat(given).isEmpty();
        runTasks();
        assertThat(given).containsExactly("first", "second");
    }

    @Test
    void anExecutorThatTakesNothingForOnceCostsNoAnswer() {
        takes = false;
        answers.add(() -> given.add("refused"));
        assertThat(given).containsExactly("refused");
        takes = true;
        answers.add(() -> given.add("next"));
        runTasks();
        assertThat(given).containsExactly("refused", "next");
    }

    @Test
    void anExecutorThatTakesNothingWhileAnswersAreGivenCostsNoneOfThoseThatCameMeanwhile() {
        answers.add(() -> {
            answers.add(() -> given.add("meanwhile"));
            takes = false;
        });
        runTasks();
        assertThat(given).containsExactly("meanwhile");
        takes = true;
        answers.add(() -> given.add("next"));
        runTasks();
        assertThat(given).containsExactly("meanwhile", "next");
    }

    @Test
    void anAnswerThatFailsCostsNoOther() {
        answers.add(() -> {
            throw new AssertionError("of the test");
        });
        answers.add(() -> given.add("second"));
        runTasks();
        answers.add(() -> given.add("third"));
        runTasks();
        assertThat(given).containsExactly("second", "third");
    }

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove(0).run();
        }
    }
}
