package dev.asyncawait.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws what the tables say. */
final class Charts {

  private static final int WIDTH = 900;
  private static final int HEIGHT = 500;

  private Charts() {}

  /** How many times what Kotlin takes ours takes, for each work; below the line at 1 it is less. */
  static void ratios(Results results, int java, Path file) throws IOException {
    List<String> works = new ArrayList<>();
    List<Double> compiled = new ArrayList<>();
    List<Double> parked = new ArrayList<>();
    for (Measurement kotlin :
        results.all(each -> each.java() == java && each.contestant().equals(Contestant.KOTLIN))) {
      works.add(kotlin.work());
      compiled.add(ratio(results, kotlin, Contestant.COMPILED));
      parked.add(ratio(results, kotlin, Contestant.PARKED));
    }
    if (works.isEmpty()) {
      return;
    }
    CategoryChart chart = new CategoryChartBuilder()
        .width(WIDTH)
        .height(HEIGHT)
        .title("Time, Kotlin's being 1, JDK " + java)
        .build();
    chart.getStyler().setYAxisLogarithmic(true).setXAxisLabelRotation(45);
    chart.getStyler().setYAxisMin(Collections.min(compiled) / 2); // or it would begin at zero
    chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
    chart.addSeries("compiled", works, compiled);
    chart.addSeries("parked", works, parked);
    chart
        .addSeries("Kotlin", works, Collections.nCopies(works.size(), 1.0))
        .setChartCategorySeriesRenderStyle(CategorySeriesRenderStyle.Line);
    VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
  }

  private static double ratio(Results results, Measurement kotlin, String contestant) {
    return results
        .find(kotlin.java(), kotlin.work(), contestant)
        .map(ours -> ours.ratioTo(kotlin, Turn::nanos).median())
        .orElse(1.0);
  }

  /** What a run of all takes, for growing sizes. */
  static void growth(List<Measurement> measured, Path file) throws IOException {
    XYChart chart = new XYChartBuilder()
        .width(WIDTH)
        .height(HEIGHT)
        .title("Time of a run, ours, compiled")
        .xAxisTitle("tasks, items or timers")
        .yAxisTitle("ms")
        .build();
    chart.getStyler().setYAxisLogarithmic(true).setXAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
    measured.stream()
        .collect(Collectors.groupingBy(Measurement::work, TreeMap::new, Collectors.toList()))
        .forEach((work, sizes) -> chart.addSeries(
            work,
            sizes.stream().map(Measurement::n).toList(),
            sizes.stream().map(each -> Growth.runNanos(each) / 1e6).toList()));
    VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
  }
}
